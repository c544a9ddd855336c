package msgq

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// A parser makes frames of texts. Its state is what the short form leaves
// out: the client's lname and its sequence number.
type parser struct {
	only    string // the dialect that was asked for; "" for any
	nesting int
	lname   string // from the last getlname answer; "" while there was none
	seq     int64  // last sequence number of the client
	frame   Frame
	json    []*[]byte // the parts of frame that stood as JSON in its text

	shapes jsonv.Shapes // of headers
	heads  jsonv.Notes  // about the header, if it stood as JSON in the text
}

// Parser implements [codec.Protocol].
func (Protocol) Parser(o codec.Options) (codec.Parser, error) {
	only, err := dialect(o)
	if err != nil {
		return nil, err
	}
	return &parser{only: only, nesting: o.NestingLimit(), seq: firstSeq - 1}, nil
}

// Parse implements [codec.Parser]. See the package's page for the short form;
// the exact one is what AppendText writes.
func (p *parser) Parse(dir codec.Direction, t codec.Text) (codec.Frame, error) {
	p.frame = Frame{known: known{dir: dir, nesting: p.nesting}}
	f := &p.frame
	p.json = p.json[:0]
	p.heads.Forget()
	if err := deviations(f, t.Deviations); err != nil {
		return nil, err
	}
	src := t.Body
	var err error
	switch {
	case bytes.HasPrefix(src, []byte("{")), bytes.HasPrefix(src, []byte(headerPart)):
		err = p.exact(f, src, 0)
	case bytes.HasPrefix(src, []byte(skanWord)):
		f.Skan = true
		err = p.exact(f, src, len(skanWord))
	default:
		err = p.short(f, src)
	}
	if err != nil {
		return nil, err
	}
	if err = p.encode(f, src); err != nil {
		return nil, err
	}
	p.learn(f)
	return f, nil
}

// deviations takes the lengths that the text asks for.
func deviations(f *Frame, list []codec.Deviation) error {
	f.wrong = wrongLengths{total: unknownLen, header: unknownLen}
	for _, d := range list {
		field, most := &f.wrong.total, uint64(maxTotal)
		switch d.Name {
		case "total":
		case "header-length":
			field, most = &f.wrong.header, maxHeader
		default:
			return lex.UnknownName("deviation", d.Name, d.Pos, d.Pos+len("!")+len(d.Name), []string{"total", "header-length"})
		}
		n, err := strconv.ParseUint(d.Value, 10, 64)
		if err != nil || n > most {
			at := d.Pos + len("!") + len(d.Name)
			return &codec.TextError{Start: at, End: at + len(d.Value), Field: d.Name, Message: fmt.Sprintf("%q is no number from 0 to %d", d.Value, most)}
		}
		*field, f.wrong.set = int64(n), true
	}
	return nil
}

// exact reads header and body from src[i:].
func (p *parser) exact(f *Frame, src []byte, i int) error {
	i, err := p.part(&f.Header, src, i, "header", headerPart, jsonv.Python)
	if err != nil {
		return err
	}
	if i = skipBlanks(src, i); i == len(src) {
		return nil
	}
	if i, err = p.part(&f.Body, src, i, "body", bodyPart, jsonv.Lax); err != nil {
		return err
	}
	if i = skipBlanks(src, i); i < len(src) {
		return &codec.TextError{Start: i, End: len(src), Field: "body", Message: "text after the body", Hint: `write body:"…" for a body that is not one JSON value`}
	}
	return nil
}

// part reads a JSON value or prefix"…" at src[i] and returns where it ends.
func (p *parser) part(to *[]byte, src []byte, i int, name, prefix string, allow jsonv.Allow) (int, error) {
	if bytes.HasPrefix(src[i:], []byte(prefix)) {
		i += len(prefix)
		b, n, err := lex.Quoted(nil, src[i:])
		*to = b
		return i + n, lex.Shift(err, i)
	}
	var n int
	var err error
	if o := (jsonv.Options{Allow: allow, MaxDepth: p.nesting}); to == &p.frame.Header {
		n, err = p.shapes.Check(src[i:], o, &p.heads)
	} else {
		n, err = jsonv.Check(src[i:], o)
	}
	if err != nil {
		return 0, jsonFault(err, name, i, len(src), prefix)
	}
	p.json = append(p.json, to)
	if *to = src[i : i+n]; name == "header" && src[i] != '{' {
		return 0, &codec.TextError{Start: i, End: i + n, Field: name, Message: "a JSON object expected", Hint: `write header:"…" for anything else`}
	}
	return i + n, nil
}

// jsonFault makes a fault of a text of one of its JSON at offset i.
func jsonFault(err error, name string, i, end int, prefix string) error {
	fault, ok := err.(*codec.SyntaxError)
	if !ok {
		return err
	}
	at := min(i+int(fault.Offset), end)
	return &codec.TextError{
		Start:   at,
		End:     min(at+1, end),
		Field:   name + fault.Path,
		Message: fault.Err.Error(),
		Hint:    fmt.Sprintf(`write %s"…" for what is no JSON`, prefix),
	}
}

func skipBlanks(src []byte, i int) int {
	for i < len(src) && src[i] == ' ' {
		i++
	}
	return i
}

// encode puts the parts that stood as JSON in the old encoding, where the text
// or the dialect asks for it.
func (p *parser) encode(f *Frame, src []byte) error {
	if !f.Skan && p.only != dialectSkan {
		f.Skan = p.only != dialectJSON && isSkan(f.Header)
		return nil
	}
	for _, part := range p.json {
		b, err := AppendSkan(nil, *part)
		if err != nil {
			return &codec.TextError{End: len(src), Field: dialectSkan, Message: err.Error()}
		}
		*part = b
	}
	f.Skan = isSkan(f.Header)
	return nil
}

// learn takes from f what the short form of later frames leaves out.
func (p *parser) learn(f *Frame) {
	header := f.headerJSON()
	if f.dir == codec.ToClient {
		if name, ok := lnameOf(header, f.bodyJSON()); ok {
			p.lname = name
		}
		return
	}
	if f.Skan {
		p.heads.Forget() // its text is another one
	}
	if raw, ok := seqOf(header, &p.heads); ok {
		if n, ok := jsonv.IntValue(raw); ok {
			p.seq = n
		}
	}
}

// seqOf returns the value of "seq" in a header, with the notes about it.
func seqOf(header []byte, notes *jsonv.Notes) (raw []byte, ok bool) {
	if !notes.Usual() || notes.Len() == 0 {
		return jsonv.Get(header, "seq")
	}
	for i := range notes.Len() {
		if key, value := notes.Member(header, i); string(key) == `"seq"` {
			return value, true
		}
	}
	return nil, false
}

// lnameOf returns the lname that a getlname answer gives.
func lnameOf(header, body []byte) (string, bool) {
	t, _ := jsonv.Get(header, "type")
	if !jsonv.EqualText(t, "getlname") {
		return "", false
	}
	raw, _ := jsonv.Get(body, "lname")
	name, ok := jsonv.StringValue(raw)
	return name, ok && name != ""
}
