package session

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A filler puts texts into the holes of a template so that the protocol takes
// it: what is known of a frame with holes can then be asked of its parser.
type filler struct {
	file   string
	number int
	line   string // with the template's marks
	t      *template
	parse  func(*humanframe.Line) (codec.Frame, error)
	value  func(name string) string // of a variable; "" when it is not known yet
	choice []int                    // which stopgap stands in each part
}

// A stopgap is a text that may do for a hole, and another one of the same
// kind.
type stopgap struct{ a, b string }

// stopgaps returns what to try for a part, the likely ones first. They are
// other ones for each part.
func (f *filler) stopgaps(i int) []stopgap {
	n := strconv.Itoa(i)
	word := stopgap{"zqa" + n + "z", "zqb" + n + "zz"}
	number := stopgap{strconv.Itoa(57001 + 2*i), strconv.Itoa(57002 + 2*i)}
	rest := []stopgap{
		number,
		{strconv.Itoa(200 + 2*(i%16)), strconv.Itoa(201 + 2*(i%16))},
		{"1", "2"},
		{"3", "4"},
		{"0a" + hex2(i), "0b" + hex2(i)},
		{"00000000-0000-4000-8000-0000000000" + hex2(i), "00000000-0000-4000-8000-0000000001" + hex2(i)},
		{"zqa" + n + ".zqc", "zqb" + n + ".zqdd"},
		{`{"type": "` + word.a + `"}`, `{"type": "` + word.b + `"}`},
		{"(" + number.a + ",)", "(" + number.b + ",)"},
	}
	if f.t.parts[i].quoted {
		return append([]stopgap{word}, rest...)
	}
	return append([]stopgap{word, {strconv.Quote(word.a), strconv.Quote(word.b)}}, rest...)
}

func hex2(i int) string { return string([]byte{"0123456789abcdef"[i>>4&15], "0123456789abcdef"[i&15]}) }

// filled is a template with its holes filled.
type filled struct {
	texts []string // of the parts
	text  string   // marks and all
}

// with returns the template with these texts for its parts. The others stand
// as they do.
func (f *filler) with(texts []string) filled {
	var b strings.Builder
	b.WriteString(f.line[:f.t.lead])
	for _, text := range texts {
		b.WriteString(text)
	}
	return filled{texts, b.String()}
}

// frame parses a filled template.
func (f *filler) frame(x filled) (codec.Frame, error) {
	l, err := humanframe.ParseLine(f.file, f.number, x.text)
	if err != nil {
		return nil, err
	}
	return f.parse(l)
}

// known returns the text of a use, or "" when it is not known yet.
func (f *filler) known(p *part) string {
	value := f.value(p.text)
	if value != "" && p.plus != "" {
		value, _ = added(value, p.plus)
	}
	return value
}

// open lists the parts whose text is not known.
func (f *filler) open() []int {
	var open []int
	for i, p := range f.t.parts {
		if p.kind == hole || p.kind == use && f.known(&p) == "" {
			open = append(open, i)
		}
	}
	return open
}

// maxFills bounds how many texts are tried for the holes of one template.
const maxFills = 256

// fill looks for texts with which the protocol takes the template, and returns
// what was chosen for each open part. After an error the filled template is
// the one that the error is about. What was found is where the next call
// begins.
func (f *filler) fill() (x filled, chosen map[int]stopgap, err error) {
	texts := make([]string, len(f.t.parts))
	for i, p := range f.t.parts {
		texts[i] = p.text
		if p.kind == use {
			texts[i] = f.known(&p)
		}
	}
	open := f.open()
	if f.choice == nil {
		f.choice = make([]int, len(f.t.parts))
	}
	var bare map[int]stopgap // with which there is a frame, though without fields
	try := func() (filled, error) {
		chosen = make(map[int]stopgap)
		for _, i := range open {
			chosen[i] = f.stopgaps(i)[f.choice[i]]
			texts[i] = chosen[i].a
		}
		x := f.with(slices.Clone(texts))
		fr, err := f.frame(x)
		if err == nil && fr != nil && len(open) > 0 && !hasFields(fr) {
			if bare == nil {
				bare = chosen
			}
			err = errBare
		}
		return x, err
	}
	// An error that points at a part asks for another text there.
	for at := 0; at >= 0; {
		if x, err = try(); err == nil || len(open) == 0 {
			return x, chosen, err
		}
		if at = f.blamed(x, err, open); at < 0 {
			break
		}
		if !f.another(at, open) {
			break
		}
	}
	// One that points elsewhere may still come from a hole: try them all.
	clear(f.choice)
	for range maxFills {
		if y, e := try(); e == nil {
			return y, chosen, nil
		}
		if !f.next(open) {
			break
		}
	}
	if bare != nil {
		for i, s := range bare {
			texts[i] = s.a
		}
		return f.with(texts), bare, nil
	}
	return x, nil, err
}

// errBare says that a text is taken, but that nothing is read in it: some
// protocols carry on with lines that are malformed.
var errBare = errors.New("nothing is read in the text")

func hasFields(f codec.Frame) bool {
	m, isMap := treeOf(f).(map[string]any)
	return !isMap || len(m) > 0
}

// another goes on to the next choice of texts for the part at, and for those
// like it: what one of a long list may be, the others may. It says false after
// the last.
func (f *filler) another(at int, open []int) bool {
	was := f.choice[at]
	if was+1 == len(f.stopgaps(at)) {
		f.choice[at] = 0
		return false
	}
	for _, i := range open {
		if f.choice[i] == was && f.before(i) == f.before(at) {
			f.choice[i]++
		}
	}
	return true
}

// before returns the two bytes before a part.
func (f *filler) before(i int) string {
	at := f.t.lead + f.t.parts[i].start
	return f.line[max(0, at-2):at]
}

// next goes on to the next choice of texts, and says false after the last.
func (f *filler) next(open []int) bool {
	for _, i := range open {
		if f.choice[i]++; f.choice[i] < len(f.stopgaps(i)) {
			return true
		}
		f.choice[i] = 0
	}
	return false
}

// blamed returns the open part that an error points at, or -1.
func (f *filler) blamed(x filled, err error, open []int) int {
	e, ok := errors.AsType[*humanframe.Error](err)
	if !ok {
		return -1
	}
	at := f.t.lead
	for i, text := range x.texts {
		if slices.Contains(open, i) && e.Start < at+len(text) && max(e.End, e.Start+1) > at {
			return i
		}
		at += len(text)
	}
	return -1
}

// check says what is wrong with a template, as far as that can be told
// without what its holes will hold. The error tells of the line as it stands.
func (f *filler) check() error {
	x, _, err := f.fill()
	e, ok := errors.AsType[*humanframe.Error](err)
	if !ok || f.blamed(x, err, f.open()) >= 0 {
		return nil // what will be there decides
	}
	e.Start, e.End = f.unfilled(x, e.Start), f.unfilled(x, e.End)
	e.Text = f.line
	return e
}

// unfilled returns the offset in the line as it stands of one in a filled
// template.
func (f *filler) unfilled(x filled, offset int) int {
	at := f.t.lead
	for i, text := range x.texts {
		p := f.t.parts[i]
		if offset < at+len(text) {
			if p.kind != literal {
				return f.t.lead + p.start
			}
			return f.t.lead + min(p.start+max(0, offset-at), p.end)
		}
		at += len(text)
	}
	return len(f.line)
}
