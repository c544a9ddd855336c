package dump

import "github.com/wirectl/wirectl/pkg/codec"

// Tree renders records as a heading each and their fields below it, a line
// each, parts indented below the whole.
type Tree struct {
	o        Options
	fields   []codec.Field
	names    names
	findings []codec.Finding
}

// NewTree returns a renderer of trees.
func NewTree(o Options) *Tree {
	o.View.Texts = new(codec.Texts)
	return &Tree{o: o}
}

// AppendHeader appends nothing.
func (t *Tree) AppendHeader(dst []byte) []byte { return dst }

const treeIndent = 4

// AppendRecord appends the tree of r.
func (t *Tree) AppendRecord(dst []byte, r *codec.Record) []byte {
	width := t.o.width()
	dst = t.heading(dst, r, width)
	if r.Frame != nil {
		dst = t.appendFields(dst, r, width)
		if r.Err == nil {
			t.findings = r.Frame.AppendFindings(t.findings[:0])
			for i := range t.findings {
				dst = t.message(dst, t.findings[i].Code, "", t.findings[i].Message)
			}
		}
	}
	if r.Err != nil {
		dst = t.message(dst, r.Err.Code, r.Err.Path, reason(r.Err))
	}
	return dst
}

// heading appends the line of r itself:
//
//	#1 +0.012345 > command-name  (13 bytes at 0)
func (t *Tree) heading(dst []byte, r *codec.Record, width int) []byte {
	var scratch [64]byte
	b := append(scratch[:0], '(')
	b = appendBytes(b, r.Span.Len())
	if r.IsGap() {
		b = append(b, " missing"...)
	}
	b = append(b, " at "...)
	b = AppendGrouped(b, r.Span.Start)
	b = append(b, ')')
	dst, _ = appendHeading(dst, &t.o, r, max(20, width-between-len(b)))
	dst = appendBlanks(dst, between)
	dst, _ = appendStyled(dst, &t.o.Styles.Dim, b, len(b))
	return append(dst, '\n')
}

func (t *Tree) appendFields(dst []byte, r *codec.Record, width int) []byte {
	t.fields = r.Frame.AppendFields(t.fields[:0], r.Span.Start, t.o.View)
	if f, ok := r.Frame.(codec.Unpacker); ok {
		t.unpack(f)
	}
	st := &t.o.Styles
	c := t.names.fit(t.fields, width-treeIndent)
	for i := range t.fields {
		f := &t.fields[i]
		var note string
		dst = appendBlanks(dst, treeIndent)
		dst, note = appendField(dst, st, f, t.names[i].plain, &st.Name, &c)
		dst = append(dst, '\n')
		dst = appendNoteRest(dst, st, f, note, treeIndent, &c)
	}
	return dst
}

// unpack adds the fields of what was decoded, below one of its own.
func (t *Tree) unpack(f codec.Unpacker) {
	at := len(t.fields)
	t.fields = append(t.fields, codec.Field{Name: "decoded"})
	u, ok := f.Unpack(t.fields, t.o.View)
	if !ok {
		t.fields = t.fields[:at]
		return
	}
	t.fields = u.Fields
	t.fields[at].Note = u.How
	for i := range t.fields[at+1:] {
		t.fields[at+1+i].Depth++
	}
}

func (t *Tree) message(dst []byte, code, path, text string) []byte {
	st := &t.o.Styles
	dst = st.Error.on(dst)
	dst = append(dst, '!')
	dst = st.Error.off(dst)
	dst = appendBlanks(dst, treeIndent-1)
	return appendMessage(dst, st, treeIndent, t.o.width(), code, path, text)
}
