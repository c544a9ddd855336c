package hg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A wireFrame is a frame as the vectors tell it: whole, or by its hash.
type wireFrame struct {
	Hex    string
	Size   int
	SHA256 string
}

// is says whether b is the frame.
func (w *wireFrame) is(b []byte) error {
	if w.Hex != "" {
		if got := hex.EncodeToString(b); got != w.Hex {
			return fmt.Errorf("%.120s, not %.120s", got, w.Hex)
		}
		return nil
	}
	if sum := sha256.Sum256(b); len(b) != w.Size || hex.EncodeToString(sum[:]) != w.SHA256 {
		return fmt.Errorf("%d bytes of another content, not %d", len(b), w.Size)
	}
	return nil
}

type humanVector struct {
	wireFrame
	ID, Human     string
	HumanHex      string           `json:"human_hex"`
	HumanPrefix   string           `json:"human_prefix"`
	PayloadRepeat []any            `json:"payload_repeat"`
	HumanPayload  testdata.Bytes   `json:"human_payload"`
	Error         *json.RawMessage `json:"error"`
	Kind          string
	Quirk         []string
}

func (v *humanVector) text(t *testing.T) []byte {
	switch {
	case v.HumanHex != "":
		b, err := hex.DecodeString(v.HumanHex)
		if err != nil {
			t.Fatal(err)
		}
		return b
	case v.PayloadRepeat != nil:
		return append([]byte(v.HumanPrefix), strings.Repeat(v.PayloadRepeat[0].(string), int(v.PayloadRepeat[1].(float64)))...)
	case v.HumanPrefix != "":
		return append([]byte(v.HumanPrefix), v.HumanPayload...)
	}
	return []byte(v.Human)
}

// strict says whether a right implementation refuses the text that the
// reference takes.
func (v *humanVector) strict() bool {
	for _, q := range v.Quirk {
		if strings.HasPrefix(q, "flags-over") || strings.HasPrefix(q, "length-field-wraps") {
			return true
		}
	}
	return false
}

func newParser(t testing.TB, o codec.Options) codec.Parser {
	t.Helper()
	p, err := Protocol{}.Parser(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestHumanVectors(t *testing.T) {
	strict := newParser(t, codec.Options{Dialect: "seed"})
	compat := newParser(t, codec.Options{Dialect: "seed", Compat: true})
	for _, v := range testdata.Vectors[humanVector](t, "hg/vectors/seed_human.json") {
		text := codec.Text{Body: v.text(t)}
		f, err := strict.Parse(codec.ToServer, text)
		if v.Error != nil || v.strict() {
			if e, ok := errors.AsType[*codec.TextError](err); !ok || e.Start < 0 || e.End > len(text.Body) || e.Start > e.End {
				t.Errorf("%s: Parse(%.60q) = %v, %+v; want a TextError in the text", v.ID, text.Body, f, err)
			}
			if v.Error != nil {
				continue
			}
			f, err = compat.Parse(codec.ToServer, text)
		}
		if err != nil {
			t.Errorf("%s: Parse(%.60q): %v", v.ID, text.Body, err)
			continue
		}
		got, err := f.AppendBinary(nil)
		if err == nil {
			err = v.is(got)
		}
		if err != nil {
			t.Errorf("%s: %.60q: %v", v.ID, text.Body, err)
		}
	}
}

func TestHeaderVectors(t *testing.T) {
	type vector struct {
		ID, Hex, Human               string
		Length                       int
		SeedLength                   *int `json:"seed_length"`
		Request, Stream, Type, Flags int
		StreamFlags                  int `json:"stream_flags"`
	}
	for _, v := range testdata.Vectors[vector](t, "hg/vectors/seed_header.json") {
		src, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		var f Frame
		n := f.parseHeader(src)
		if n != v.Length || int(f.RequestID) != v.Request || int(f.StreamID) != v.Stream || int(f.StreamFlags) != v.StreamFlags || int(f.TypeID) != v.Type || int(f.Flags) != v.Flags {
			t.Errorf("%s: %s is %d %+v, want %+v", v.ID, v.Hex, n, f, v)
		}
		if v.SeedLength != nil && compatLength(n) != *v.SeedLength {
			t.Errorf("%s: compatLength(%d) = %d, want %d", v.ID, n, compatLength(n), *v.SeedLength)
		}
		if text := string(f.AppendText(nil, codec.View{})); v.Human != "" && strings.TrimPrefix(text, "!type ") != v.Human {
			t.Errorf("%s: text %q, want %q", v.ID, text, v.Human)
		}
	}
}

// cutAll feeds in to a new conversation, to the server, and returns the
// records, detached.
func cutAll(t testing.TB, in []byte, o codec.Options, step int) []codec.Record {
	t.Helper()
	return cutDir(t, codec.ToServer, in, o, step)
}

// cutDir is cutAll for a direction.
func cutDir(t testing.TB, dir codec.Direction, in []byte, o codec.Options, step int) []codec.Record {
	t.Helper()
	c, err := Protocol{}.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return cutWith(c, dir, in, step)
}

// cutWith is cutDir with a conversation.
func cutWith(c codec.Conversation, dir codec.Direction, in []byte, step int) []codec.Record {
	s := codec.NewStream(c.Decoder(dir), dir)
	var out []codec.Record
	drain := func() {
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			if r.Frame != nil {
				r.Frame = r.Frame.Clone()
			}
			r.Bytes = bytes.Clone(r.Bytes)
			out = append(out, r)
		}
	}
	if step <= 0 {
		step = max(1, len(in))
	}
	for at := 0; at < len(in); at += step {
		s.Feed(in[at:min(at+step, len(in))])
		drain()
	}
	s.End()
	drain()
	return out
}

func TestReadVectors(t *testing.T) {
	type vector struct {
		ID     string
		Input  testdata.Bytes
		Kind   string
		Frames []struct{ Offset, Size int64 }
		Error  *struct{ At int64 }
	}
	for _, v := range testdata.Vectors[vector](t, "hg/vectors/seed_read.json") {
		records := cutAll(t, v.Input, codec.Options{Dialect: "seed"}, 0)
		if strings.HasPrefix(v.Kind, "over-64k") { // the reference is wrong there: it is one frame
			if len(records) != 1 || records[0].Err != nil || records[0].Span.Len() != int64(len(v.Input)) {
				t.Errorf("%s: %d records, want one frame of %d bytes", v.ID, len(records), len(v.Input))
			}
			continue
		}
		for i, want := range v.Frames {
			if i >= len(records) || records[i].Err != nil || records[i].Span != (codec.Span{Start: want.Offset, End: want.Offset + want.Size}) {
				t.Errorf("%s: record %d is not a frame of %d bytes at %d", v.ID, i, want.Size, want.Offset)
				break
			}
		}
		if v.Error == nil {
			if len(records) != len(v.Frames) {
				t.Errorf("%s: %d records, want %d", v.ID, len(records), len(v.Frames))
			}
			continue
		}
		if last := records[len(records)-1]; last.Err == nil || last.Err.Code != codec.CodeTruncated || last.Span.Start != v.Error.At || last.Err.Offset != int64(len(v.Input)) {
			t.Errorf("%s: the last record is %+v (%v), want one cut at %d", v.ID, last.Span, last.Err, v.Error.At)
		}
	}
}

type createVector struct {
	ID, Function string
	Frames       []struct {
		wireFrame
		Human string
	}
	Error *struct {
		FramesBefore int `json:"frames_before_error"`
		Message      string
	}
	Calls []createCall
}

type createCall struct {
	Stream                int
	Request               int
	Command               testdata.Bytes
	Args                  [][2]testdata.Bytes
	Data, Message         testdata.Bytes
	MaxFrameSize          int
	Protocol, Application bool
	Atoms                 []struct {
		Format       testdata.Bytes
		Labels, Args []testdata.Bytes
	}
}

func (c *createCall) make(function string, w *Writer) ([]*Frame, error) {
	if c.Request > 0xffff {
		return nil, errors.New("a request ID has 16 bits") // as the type of Writer's parameters says
	}
	id := uint16(c.Request)
	one := func(f *Frame, err error) ([]*Frame, error) {
		if err != nil {
			return nil, err
		}
		return []*Frame{f}, nil
	}
	switch function {
	case "createcommandframes":
		cmd := Command{Name: string(c.Command), Args: map[string][]byte{}, Data: c.Data}
		for _, a := range c.Args {
			cmd.Args[string(a[0])] = a[1]
		}
		return w.AppendCommand(nil, id, cmd)
	case "createbytesresponseframesfrombytes":
		w.MaxFrame = c.MaxFrameSize
		return w.AppendBytesResponse(nil, id, c.Data), nil
	case "createerrorframe":
		var flags uint8
		if c.Protocol {
			flags |= ErrorResponseProtocol
		}
		if c.Application {
			flags |= ErrorResponseApplication
		}
		return one(w.Error(id, flags, c.Message))
	case "createtextoutputframe":
		var atoms []Atom
		for _, a := range c.Atoms {
			atom := Atom{Format: a.Format}
			for _, l := range a.Labels {
				atom.Labels = append(atom.Labels, l)
			}
			for _, arg := range a.Args {
				atom.Args = append(atom.Args, arg)
			}
			atoms = append(atoms, atom)
		}
		return one(w.TextOutput(id, atoms))
	}
	return nil, fmt.Errorf("the test knows no %s", function)
}

func TestCreateVectors(t *testing.T) {
	for _, v := range testdata.Vectors[createVector](t, "hg/vectors/seed_create.json") {
		streams := map[int]*Writer{}
		var frames []*Frame
		var err error
		for _, c := range v.Calls {
			if streams[c.Stream] == nil {
				streams[c.Stream] = &Writer{StreamID: uint8(c.Stream)}
			}
			var more []*Frame
			if more, err = c.make(v.Function, streams[c.Stream]); err != nil {
				break
			}
			frames = append(frames, more...)
		}
		if v.Error != nil {
			// What could not be sent whole is not begun: the reference may
			// have made frames before it failed.
			if err == nil || len(frames) > 0 {
				t.Errorf("%s: %d frames, %v; want the error %q", v.ID, len(frames), err, v.Error.Message)
			}
			continue
		}
		if err != nil || len(frames) != len(v.Frames) {
			t.Errorf("%s: %d frames, %v; want %d", v.ID, len(frames), err, len(v.Frames))
			continue
		}
		for i, f := range frames {
			b, err := f.AppendBinary(nil)
			if err == nil {
				err = v.Frames[i].is(b)
			}
			if err != nil {
				t.Errorf("%s: frame %d: %v", v.ID, i, err)
			}
			backAndForth(t, v.ID, f, v.Frames[i].Human)
		}
	}
}

// backAndForth checks that f's text makes f's bytes, and that human, which
// may be empty, makes them too.
func backAndForth(t *testing.T, id string, f *Frame, human string) {
	t.Helper()
	want, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := string(f.AppendText(nil, codec.View{}))
	for _, text := range []string{text, human} {
		if text == "" {
			continue
		}
		g, err := newParser(t, codec.Options{Dialect: "seed"}).Parse(codec.ToServer, codec.Text{Body: []byte(text)})
		if err != nil {
			t.Errorf("%s: Parse(%.80q): %v", id, text, err)
			continue
		}
		if got, err := g.AppendBinary(nil); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %.80q makes %.60x, %v; want %.60x", id, text, got, err, want)
		}
	}
}
