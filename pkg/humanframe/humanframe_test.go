package humanframe_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// encode returns the bytes of a document.
func encode(doc, proto string) (out []byte, items []humanframe.Item, err error) {
	enc := humanframe.NewEncoder(registry.Lookup, codec.ToServer, codec.Options{})
	if proto != "" {
		if err := enc.Use(proto, ""); err != nil {
			return nil, nil, err
		}
	}
	s := humanframe.NewScanner("doc", strings.NewReader(doc))
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			return out, items, nil
		}
		if err != nil {
			return out, items, err
		}
		item, ok, err := enc.Encode(l)
		if err != nil {
			return out, items, err
		}
		if ok {
			out = append(out, item.Bytes...)
			item.Bytes = bytes.Clone(item.Bytes)
			items = append(items, item)
		}
	}
}

// The examples of the notation's specification give the bytes that stand
// below them.
func TestSpecification(t *testing.T) {
	md, err := os.ReadFile("../../docs/notation.md")
	if err != nil {
		t.Fatal(err)
	}
	pairs := regexp.MustCompile("(?s)```wire\n(.*?)```\n```hex\n(.*?)```").FindAllStringSubmatch(string(md), -1)
	if len(pairs) < 6 {
		t.Fatalf("%d examples", len(pairs))
	}
	for _, p := range pairs {
		got, _, err := encode(p[1], "")
		if want := strings.Join(strings.Fields(p[2]), ""); err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s\n got %x, %v\nwant %s", p[1], got, err, want)
		}
	}
}

func TestMarks(t *testing.T) {
	_, items, err := encode("> [#3/2 +1.5] raw a\n@start 2026-01-02T03:04:05.000000006Z\n< [+12.000000001] raw c\n< @gap 17\n", "hg")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range items {
		got = append(got, fmt.Sprintf("%s %d/%d %v %q %d", i.Dir, i.Conn, i.Exchange, i.At, i.Bytes, i.Gap))
	}
	want := []string{`> 3/2 1.5s "a" 0`, `< 1/0 12.000000001s "c" 0`, `< 1/0 0s "" 17`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("items:\n got %q\nwant %q", got, want)
	}
}

func TestErrors(t *testing.T) {
	for doc, want := range map[string]string{
		"1 1 0 command-name eos x":                    "doc:1:1: no protocol is named",
		"@proto hg\n\n1 1 0 é eos x":                  `doc:3:7: type: no type "é"`,
		"@proto hg\n> [#1] 1 1 0 command-name eoss x": `doc:2:27: flags: no flag of command-name "eoss"`,
		"@proto hgg":                   `doc:1:8: no protocol "hgg"`,
		"@proto hg dialect=sed":        `doc:1:19: no hg dialect "sed"`,
		"@proto":                       "doc:1:2: no protocol is named",
		"@prot hg":                     `doc:1:2: no directive "prot"`,
		"@start yesterday":             "doc:1:1: @start wants one time",
		"@gap -1":                      "doc:1:1: @gap wants one number of bytes",
		"@":                            "doc:1:1: a directive without a name",
		"raw \\x4":                     `doc:1:5: \x without two hexadecimal digits`,
		">x":                           "doc:1:2: no blank after the direction",
		">":                            "doc:1:2: no blank after the direction",
		"> [#1":                        "doc:1:3: the bracket has no end",
		"> [#0] raw a":                 `doc:1:4: bracket: "#0" is no connection`,
		"> [#1 +x] raw a":              `doc:1:7: bracket: "+x" is no time in seconds`,
		"> [when] raw a":               `doc:1:4: bracket: "when" is neither a connection nor a time`,
		"@proto hg\n!typo 1 1 0 7 0 x": `doc:2:1: no deviation "typo"`,
		"@proto hg\n!type":             "doc:2:1: nothing follows the deviation",
		"@proto hg\n1 1 0 3 2 my {{redacted}} key": "doc:2:14: a secret was masked here, so the bytes are not known",
		"@proto hg\n# c\n1 1 0 \\\n\\\n3 9999 x":   "doc:3:9: flags: 9999 is out of range: 0 to 15",
	} {
		_, _, err := encode(doc, "")
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", doc, err, want)
		}
		e, ok := errors.AsType[*humanframe.Error](err)
		if !ok {
			continue
		}
		if line, start, end := e.Source(); start < 0 || start > end || end > len(line) {
			t.Errorf("%q: %d to %d of %q", doc, start, end, line)
		}
	}
}

func TestAlone(t *testing.T) {
	s := humanframe.NewScanner("doc", strings.NewReader("# a\n\nraw x \r\nraw a\\"))
	s.Alone()
	var got []string
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprintf("%q %q", l.Frame.Body, l.Raw))
	}
	want := []string{`"# a" ""`, `"" ""`, `"" "x \r"`, "doc:4:6: a backslash at the end"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines:\n got %q\nwant %q", got, want)
	}
}

// A carriage return before a continuation is data: only one before a line feed
// is dropped.
func TestCarriageReturns(t *testing.T) {
	got, _, err := encode("raw a\r\\\n\nraw b\\\r\nc\r\n", "")
	if err != nil || string(got) != "a\rbc" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestKeep(t *testing.T) {
	s := humanframe.NewScanner("doc", strings.NewReader("# a\\\n\n> [#2] my \\\n{{redacted}} x\r\n"))
	s.Keep()
	var got []string
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %v %v %q %q %d", l.Number, l.Comment, l.Blank, l.Source(), l.Frame.Body, l.Lead()))
	}
	want := []string{`1 true false "# a\\" "" 0`, `2 false true "" "" 0`, `3 false false "> [#2] my \\\n{{redacted}} x\r" "my {{redacted}} x" 7`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines:\n got %s\nwant %s", got, want)
	}
}

func TestRecordScanner(t *testing.T) {
	in := `{"v":1,"proto":"hg","dialect":"seed","conn":2,"dir":"<","seq":0,"time":"2026-01-02T03:04:05Z","offset":0,"length":12,"wire":"1 2 stream-begin bytes-response eos 0123"}
{"v":1,"proto":"hg","dialect":"seed","conn":2,"dir":"<","seq":1,"time":"2026-01-02T03:04:06.5Z","offset":12,"gap":5}
{"v":1,"conn":1,"dir":">","wire":"raw \\x00"}
{"v":1,"conn":1}
{"v":1,
`
	enc := humanframe.NewEncoder(registry.Lookup, codec.ToServer, codec.Options{})
	s := humanframe.NewRecordScanner(humanframe.NewScanner("doc", strings.NewReader(in)))
	var got []string
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var i humanframe.Item
		ok := false
		if err == nil {
			i, ok, err = enc.Encode(l)
		}
		switch {
		case err != nil:
			got = append(got, err.Error())
		case ok:
			got = append(got, fmt.Sprintf("%s %d %v %x %d", i.Dir, i.Conn, i.At, i.Bytes, i.Gap))
		}
	}
	want := []string{
		"< 2 0s 040000010002014230313233 0", "< 2 1.5s  5", "> 1 0s 00 0",
		`doc:4:1: the record has neither "wire" nor "gap"`,
		"doc:5:7: no JSON record: unexpected end of JSON input",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("items:\n got %q\nwant %q", got, want)
	}
}

// stub is a frame with a text of the test's choice.
type stub struct {
	codec.Frame
	text string
}

func (s stub) AppendText(dst []byte, v codec.View) []byte {
	if s.text == "secret" && !v.Secrets {
		return append(dst, "x {{redacted}}"...)
	}
	return append(dst, s.text...)
}

// jsonStub is a stub that writes for JSON.
type jsonStub struct{ stub }

func (s jsonStub) AppendJSONText(dst []byte, v codec.View) ([]byte, bool) {
	for _, c := range s.AppendText(nil, v) {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst, true
}

func TestPrinterEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"PING 1":                             "PING 1",
		" leading":                           " leading",
		"trailing ":                          "trailing ",
		"é":                                  "é",
		`two \\`:                             `two \\`,
		`"quoted" x`:                         `"quoted" x`,
		"":                                   "raw bytes",
		"  ":                                 "raw bytes",
		"#x":                                 "raw bytes",
		"@x":                                 "raw bytes",
		"> x":                                "raw bytes",
		"<x":                                 "raw bytes",
		"[x":                                 "raw bytes",
		"{{x":                                "raw bytes",
		"{x":                                 "{x",
		"raw":                                "raw bytes",
		"raw x":                              "raw bytes",
		"rawx":                               "rawx",
		"!x":                                 "raw bytes",
		`one \`:                              "raw bytes",
		"a\tb":                               "raw bytes",
		"a\x7f":                              "raw bytes",
		"long enough\x7f for eight bytes":    "raw bytes",
		"long enough\x1f for eight bytes":    "raw bytes",
		"long enough \u0080 for eight bytes": "long enough \u0080 for eight bytes",
		"long enough ü~ for eight bytes":     "long enough ü~ for eight bytes",
		"long enough \xff for eight bytes":   "raw bytes",
		"\xff":                               "raw bytes",
		"x {{redacted}}":                     "raw bytes",
		"secret":                             "x {{redacted}}",
	} {
		p := humanframe.NewPrinter(registry.Lookup, codec.View{})
		r := &codec.Record{Bytes: []byte("bytes"), Frame: stub{text: text}}
		if got := string(p.AppendText(nil, r)); got != want {
			t.Errorf("%q prints as %q, want %q", text, got, want)
		}
		want = string(jsonenc.AppendStringBody(nil, want))
		for _, f := range []codec.Frame{r.Frame, jsonStub{stub{text: text}}} {
			r.Frame = f
			if got := string(p.AppendJSONText(nil, r)); got != want {
				t.Errorf("%q prints for JSON as %q, want %q", text, got, want)
			}
		}
	}
	shown := humanframe.NewPrinter(registry.Lookup, codec.View{Secrets: true})
	for _, text := range []string{"x {{redacted}}", "{x {{x {{{redacted}}"} {
		literal := &codec.Record{Bytes: []byte(text), Frame: stub{text: text}}
		if got := string(shown.AppendText(nil, literal)); got != "raw "+text {
			t.Errorf("a literal %s prints as %q", text, got)
		}
	}
}

func TestPrinterDocument(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	p := humanframe.NewPrinter(registry.Lookup, codec.View{})
	p.Marks, p.Reasons = true, true
	var doc []byte
	for _, r := range []codec.Record{
		{Proto: "hg", Dialect: "seed", Conn: 1, Dir: '>', Time: start, Bytes: []byte("bytes"), Frame: stub{text: "1 1 0 1 1 x"}},
		{Proto: "hg", Dialect: "seed", Conn: 1, Dir: '<', Time: start.Add(1500 * time.Millisecond), Span: codec.Span{Start: 3, End: 20}},
		{Proto: "hg", Dialect: "seed", Conn: 2, Exchange: 3, Dir: '<', Time: start.Add(time.Second + 1), Bytes: []byte{0, '\\'}, Err: &codec.SyntaxError{Offset: 7, Err: errors.New("two\nlines")}},
	} {
		doc = p.AppendRecord(doc, &r)
	}
	want := `@proto hg dialect=seed
@start 2026-01-02T03:04:05.000000006Z
> [#1 +0.000000] 1 1 0 1 1 x
< [#1 +1.500000] @gap 17
# offset 7: two?lines
< [#2/3 +1.000000001] raw \x00\\
`
	if string(doc) != want {
		t.Errorf("document:\n%s\nwant:\n%s", doc, want)
	}
	if out, items, err := encode(string(doc), ""); err != nil || len(items) != 3 || string(out) != "\x01\x00\x00\x01\x00\x01\x00\x11x\x00\\" {
		t.Errorf("it encodes to %q, %d items, %v", out, len(items), err)
	}
}

func FuzzDocument(f *testing.F) {
	for _, doc := range []string{
		"@proto hg\n> [#1 +0.5] 1 1 stream-begin command-name eos heads\n", "raw \\\n\\x00", "!type 1 1 0 7 0 x", "@gap 5\n#\n<\n",
	} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		_, _, err := encode(doc, "hg")
		if e, ok := errors.AsType[*humanframe.Error](err); err != nil && (!ok || e.Line < 1) {
			t.Fatalf("%q: %v", doc, err)
		} else if ok {
			if line, start, end := e.Source(); start < 0 || start > end || end > len(line) {
				t.Fatalf("%q: %d to %d of %q", doc, start, end, line)
			}
			_ = e.Error()
		}
	})
}
