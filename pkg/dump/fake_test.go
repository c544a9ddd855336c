package dump

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// A fake is a frame of which everything is given.
type fake struct {
	typ, json string
	bytes     []byte
	fields    []codec.Field // spans from 0
	findings  []codec.Finding
}

func (f *fake) AppendBinary(dst []byte) ([]byte, error) { return append(dst, f.bytes...), nil }
func (f *fake) Type() string                            { return f.typ }
func (f *fake) Clone() codec.Frame                      { c := *f; return &c }

func (f *fake) AppendText(dst []byte, _ codec.View) []byte {
	dst = append(dst, f.typ...)
	dst = append(dst, ' ')
	return append(dst, jsonenc.AppendBytes(nil, f.bytes)...)
}

func (f *fake) AppendJSON(dst []byte, _ codec.View) []byte { return append(dst, f.json...) }

func (f *fake) AppendFields(dst []codec.Field, base int64, _ codec.View) []codec.Field {
	for _, x := range f.fields {
		x.Span.Start += base
		x.Span.End += base
		dst = append(dst, x)
	}
	return dst
}

func (f *fake) AppendFindings(dst []codec.Finding) []codec.Finding {
	return append(dst, f.findings...)
}

// fakeWire is a notation that is good enough for tests of renderers, and
// allocates nothing.
func fakeWire(dst []byte, r *codec.Record) []byte {
	if r.Frame == nil {
		dst = append(dst, "raw"...)
	} else {
		dst = append(dst, r.Frame.Type()...)
	}
	dst = append(dst, ' ')
	return jsonenc.AppendBytes(dst, r.Bytes)
}

func field(start, end int64, name, value, note string, depth int) codec.Field {
	return codec.Field{Name: name, Span: codec.Span{Start: start, End: end}, Value: value, Note: note, Depth: depth}
}

// A stream lays records one after the other.
type stream struct {
	records []codec.Record
	at      [2]int64
	start   time.Time
}

func (s *stream) add(r codec.Record, n int64) {
	d := 0
	if r.Dir == codec.ToClient {
		d = 1
	}
	r.Proto, r.Conn, r.Seq = "fake", 1, len(s.records)
	r.Span = codec.Span{Start: s.at[d], End: s.at[d] + n}
	s.at[d] = r.Span.End
	if !s.start.IsZero() {
		r.Time = s.start.Add(time.Duration(r.Seq) * 1234567 * time.Nanosecond)
	}
	if r.Err != nil {
		e := *r.Err
		e.Offset += r.Span.Start
		r.Err = &e
	}
	s.records = append(s.records, r)
}

func (s *stream) frame(dir codec.Direction, f *fake, err *codec.SyntaxError) {
	s.add(codec.Record{Dir: dir, Frame: f, Bytes: f.bytes, Err: err}, int64(len(f.bytes)))
}

// commandName is the frame of the design's example.
func commandName() *fake {
	return &fake{
		typ:   "command-name",
		bytes: []byte("\x05\x00\x00\x01\x00\x01\x01\x11heads"),
		json:  `{"request_id":1,"payload":{"text":"heads"}}`,
		fields: []codec.Field{
			field(0, 3, "length", "5", "", 0),
			field(3, 5, "request-id", "1", "", 0),
			field(5, 6, "stream-id", "1", "client's", 0),
			field(6, 7, "stream-flags", "0x1", "stream-begin", 0),
			field(7, 8, "type, flags", "0x1 0x1", "command-name, eos", 0),
			field(8, 13, "payload", `"heads"`, "", 0),
		},
	}
}

// samples are records of every kind that a renderer has to show.
func samples() []codec.Record {
	s := &stream{start: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	s.frame(codec.ToServer, commandName(), nil)
	s.add(codec.Record{
		Dir:   codec.ToServer,
		Bytes: []byte("\x03\x00\x01\x00\x01"),
		Err:   codec.Faultf(codec.CodeTruncated, 5, "", "a header is 8 bytes, the input ends here"),
	}, 5)

	nested := []byte("\x10\x00\x02ab\x03cde\x00日本語テキスト")
	s.frame(codec.ToClient, &fake{
		typ:   "text-output",
		bytes: nested,
		json:  `{"atoms":[{"format":"ab"}]}`,
		fields: []codec.Field{
			field(0, 2, "length", "16", "", 0),
			field(2, 10, "atom", "", "2 parts", 0),
			field(2, 5, "format", "", "", 1),
			field(2, 3, "length", "2", "", 2),
			field(3, 5, "bytes", `"ab"`, "", 2),
			field(5, 9, "label", `"cde"`, "shown in the colour of its name", 1),
			field(9, 10, "arguments", "0", "", 1),
			field(10, int64(len(nested)), "メッセージ", `"日本語テキスト"`, "全角の文字は二つの桁を占める、端で切られることもある", 0),
		},
	}, nil)

	long := bytes.Repeat([]byte("0123456789abcdef"), 40)
	s.frame(codec.ToClient, &fake{
		typ:   "bytes-response",
		bytes: append([]byte{0x80, 2}, long...),
		json:  `{"payload":{"text":"0123456789abcdef"}}`,
		fields: []codec.Field{
			field(0, 2, "length", "640", "", 0),
			field(2, 642, "payload", `"`+string(long)+`"`, "", 0),
		},
	}, nil)
	s.add(codec.Record{Dir: codec.ToClient}, 1448)

	odd := commandName()
	odd.bytes = []byte("\x05\x00\x00\x01\x00\x01\xf9\x11he\x1b[m")
	odd.fields[3] = field(6, 7, "stream-flags", "0xf9", "stream-begin, 0xf8", 0)
	odd.fields[5] = field(8, 13, "payload", "he\x1b[m", "a value that is not escaped", 0)
	odd.findings = []codec.Finding{
		{Code: "reserved-bits", Message: "the bits 0xf8 have no meaning", Span: codec.Span{Start: 6, End: 7}},
		{Code: "late", Message: "this came after the stream had ended, which no implementation of the protocol that we know of does"},
	}
	s.frame(codec.ToServer, odd, nil)

	s.frame(codec.ToClient, &fake{
		typ:   "RDATA",
		bytes: []byte("RDATA events x\n"),
		fields: []codec.Field{
			field(0, 5, "command", "RDATA", "", 0),
			field(5, 6, "blank", "", "", 0),
			field(6, 12, "stream", `"events"`, "", 0),
			field(12, 15, "rest", `"x"`, "", 0),
		},
	}, &codec.SyntaxError{Code: codec.CodeSyntax, Offset: 13, Path: "token", Err: errors.New(`expected a number, got "x"`)})

	s.frame(codec.ToServer, &fake{
		typ:   "login",
		bytes: []byte("\x04user\x06secret"),
		json:  `{"user":"user"}`,
		fields: []codec.Field{
			field(0, 5, "user", `"user"`, "", 0),
			field(5, 12, "password", codec.Redacted, "--show-secrets shows it", 0),
		},
	}, nil)
	s.frame(codec.ToServer, &fake{typ: "empty-payload", bytes: []byte{0}, json: `{}`, fields: []codec.Field{
		field(0, 1, "length", "0", "", 0),
		field(1, 1, "payload", "", "", 0),
	}}, nil)
	return s.records
}

// visible are styles that can be seen in a golden file and cut out again.
func visible() Styles {
	st := func(name string) Style { return Style{On: "⟦" + name + ":", Off: "⟧"} }
	return Styles{
		ToServer: st(">"), ToClient: st("<"), Offset: st("o"), Name: st("n"), Number: st("#"),
		Text: st("t"), Error: st("e"), Note: st("c"), Dim: st("d"),
		Fields: []Style{st("1"), st("2"), st("3")},
	}
}

// invisible cuts the styles of visible out of s.
func invisible(s string) string {
	st := visible()
	all := append([]Style{st.ToServer, st.ToClient, st.Offset, st.Name, st.Number, st.Text, st.Error, st.Note, st.Dim}, st.Fields...)
	for _, x := range all {
		s = strings.ReplaceAll(s, x.On, "")
	}
	return strings.ReplaceAll(s, "⟧", "")
}

func render(r Renderer, records []codec.Record) string {
	out := r.AppendHeader(nil)
	for i := range records {
		out = r.AppendRecord(out, &records[i])
	}
	return string(out)
}
