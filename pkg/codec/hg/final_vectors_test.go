package hg

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

var finalDialect = codec.Options{Dialect: "final"}

// overFifteen says whether a number among the flags is over 15, which hg lets
// run into the type.
func overFifteen(text []byte) bool {
	parts := bytes.SplitN(text, []byte(" "), 6)
	if len(parts) < 6 {
		return false
	}
	for flag := range bytes.SplitSeq(parts[4], []byte("|")) {
		if n, digits := 0, len(flag) > 0; digits {
			for _, c := range flag {
				digits = digits && c >= '0' && c <= '9'
				n = n*10 + int(c-'0')
			}
			if digits && n > 15 {
				return true
			}
		}
	}
	return false
}

func TestFinalHumanVectors(t *testing.T) {
	strict := newParser(t, finalDialect)
	compat := newParser(t, codec.Options{Dialect: "final", Compat: true})
	for _, v := range testdata.Vectors[humanVector](t, "hg/vectors/final_human.json") {
		text := codec.Text{Body: v.text(t)}
		if bytes.Contains(text.Body, []byte("1_0")) && !bytes.Contains(text.Body, []byte("cbor:")) {
			continue // Python 3 takes it and Python 2 does not: we do not
		}
		f, err := strict.Parse(codec.ToServer, text)
		if v.Error != nil || v.strict() || overFifteen(text.Body) {
			if e, ok := errors.AsType[*codec.TextError](err); !ok || e.Start < 0 || e.End > len(text.Body) || e.Start > e.End || e.Message == "" {
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

type finalCall struct {
	Fn               string
	Stream, Request  int
	Command          testdata.Bytes
	Args, Redirect   string
	Data, Message    testdata.Bytes
	MaxFrameSize     int
	ErrType, Encoder string
	Chunks           []*testdata.Bytes
	Location         struct {
		URL, MediaType string
		Size           int64
	}
	Atoms []struct {
		Format       testdata.Bytes
		Labels, Args []testdata.Bytes
	}
}

func value(t *testing.T, text string) cbor.Value {
	t.Helper()
	v, err := cbor.ParseLiteral([]byte(text), cbor.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func texts(v cbor.Value) (out []string) {
	for _, i := range v.Items() {
		b, _ := i.Bytes()
		out = append(out, string(b))
	}
	return out
}

func (c *finalCall) make(t *testing.T, w *FinalWriter, responders map[int]*Responder) ([]*Frame, error) {
	id := uint16(c.Request)
	w.MaxFrame = c.MaxFrameSize
	r := responders[c.Request]
	if r == nil {
		r = w.Respond(id)
		responders[c.Request] = r
	}
	switch c.Fn {
	case "createcommandframes":
		cmd := FinalCommand{Name: string(c.Command), Args: map[string]cbor.Value{}, Data: c.Data}
		pairs := value(t, c.Args).Items()
		for i := 0; i < len(pairs); i += 2 {
			key, _ := pairs[i].Bytes()
			cmd.Args[string(key)] = pairs[i+1]
		}
		if c.Redirect != "" {
			v := value(t, c.Redirect)
			targets, _ := v.Get("targets")
			hashes, _ := v.Get("hashes")
			cmd.Redirect = &Redirect{Targets: texts(targets), Hashes: texts(hashes)}
		}
		return w.AppendCommand(nil, id, cmd)
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
		f, err := w.TextOutput(id, atoms)
		if err != nil {
			return nil, err
		}
		return []*Frame{f}, nil
	case "createerrorframe":
		return []*Frame{w.Error(id, ErrorType(c.ErrType), string(c.Message))}, nil
	case "createcommanderrorresponse":
		var args []string
		if c.Args != "" {
			args = texts(value(t, c.Args))
		}
		return r.AppendFailure(nil, string(c.Message), args...)
	case "makestreamsettingsframe":
		if c.Encoder == "" {
			return nil, nil
		}
		return w.AppendStreamSettings(nil, id, c.Encoder)
	case "createcommandresponseokframe":
		return r.AppendOK(nil), nil
	case "createcommandresponseeosframes":
		return r.AppendEnd(nil)
	case "createalternatelocationresponseframe":
		return r.AppendRedirect(nil, Location{URL: c.Location.URL, MediaType: c.Location.MediaType, Size: c.Location.Size}), nil
	case "emitter":
		var out []*Frame
		for _, chunk := range c.Chunks {
			if chunk == nil {
				out = r.AppendBuffered(out)
				continue
			}
			var err error
			if out, err = r.AppendChunk(out, *chunk); err != nil {
				return out, err
			}
		}
		return out, nil
	}
	t.Fatalf("the test knows no %s", c.Fn)
	return nil, nil
}

func TestFinalCreateVectors(t *testing.T) {
	type vector struct {
		ID     string
		Calls  []finalCall
		Frames []struct {
			wireFrame
			Human string
		}
		Error *struct{ Message string }
		Note  string
	}
	for _, v := range testdata.Vectors[vector](t, "hg/vectors/final_create.json") {
		writers, responders := map[int]*FinalWriter{}, map[int]*Responder{}
		var frames []*Frame
		var err error
		for i := range v.Calls {
			c := &v.Calls[i]
			if writers[c.Stream] == nil {
				writers[c.Stream] = &FinalWriter{StreamID: uint8(c.Stream)}
			}
			var more []*Frame
			if more, err = c.make(t, writers[c.Stream], responders); err != nil {
				break
			}
			frames = append(frames, more...)
		}
		switch {
		case v.Error != nil && v.Calls[0].Fn == "createerrorframe", strings.Contains(v.Note, "may exceed the frame maximum"):
			// hg fails, or makes a payload that is too long: the message is cut.
			if err != nil || len(frames) != 1 || len(frames[0].Payload) > DefaultMaxFrame || len(frames[0].Payload) < DefaultMaxFrame-10 {
				t.Errorf("%s: %d frames, %v", v.ID, len(frames), err)
			}
			continue
		case v.Error != nil && strings.Contains(v.Error.Message, "without sending stream settings"):
			// hg fails: without an encoding the stream goes plain.
			if err != nil || len(frames) != 1 || frames[0].StreamFlags&StreamEncoded != 0 {
				t.Errorf("%s: %d frames, %v", v.ID, len(frames), err)
			}
			continue
		case v.Error != nil:
			if err == nil || len(frames) > 0 {
				t.Errorf("%s: %d frames, %v; want the error %q", v.ID, len(frames), err, v.Error.Message)
			}
			continue
		case err != nil || len(frames) != len(v.Frames):
			t.Errorf("%s: %d frames, %v; want %d", v.ID, len(frames), err, len(v.Frames))
			continue
		}
		var wire []byte
		for i, f := range frames {
			at := len(wire)
			if wire, err = f.AppendBinary(wire); err == nil {
				err = v.Frames[i].is(wire[at:])
			}
			if err != nil {
				t.Errorf("%s: frame %d: %v", v.ID, i, err)
			}
			for _, text := range []string{string(f.AppendText(nil, codec.View{})), v.Frames[i].Human} {
				if text != "" {
					checkText(t, v.ID, text, wire[at:])
				}
			}
		}
		for _, r := range cutAll(t, wire, finalDialect, 0) {
			if r.Err != nil {
				t.Fatalf("%s: %v", v.ID, r.Err)
			}
			checkText(t, v.ID, string(r.Frame.AppendText(nil, codec.View{})), r.Bytes)
		}
	}
}

// checkText checks that a text of the final dialect makes these bytes.
func checkText(t *testing.T, id, text string, want []byte) {
	t.Helper()
	body := codec.Text{Body: []byte(text)}
	if rest, ok := strings.CutPrefix(text, "!type "); ok {
		body = codec.Text{Body: []byte(rest), Deviations: []codec.Deviation{{Name: "type"}}}
	}
	g, err := newParser(t, finalDialect).Parse(codec.ToServer, body)
	if err != nil {
		t.Errorf("%s: Parse(%.80q): %v", id, text, err)
		return
	}
	if got, err := g.AppendBinary(nil); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %.80q makes %.60x, %v; want %.60x", id, text, got, err, want)
	}
}
