package record

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/session"
)

// A writer writes the document.
type writer struct {
	out        []byte
	print      *humanframe.Printer // of what stands before a text
	last       *line               // the latest that is not optional
	unanswered map[int]time.Time   // when something was last sent on a connection, without an answer since
	taken      map[string]bool     // names that stand in texts as if they were variables
	next       map[string]int      // number of the next variable, by kind
	vars       []string            // variables that have a value by now
	sets       []string            // what is to be set before the line at hand
	made       []string            // the values in whose places new ones are made
	begun      map[int]int         // where the lines of a connection begin in out
}

// Document returns the document of the records so far.
func (r *Recorder) Document() []byte {
	f := &finder{lines: r.arranged(), others: r.others}
	f.find()
	return r.write(f)
}

func (r *Recorder) write(f *finder) []byte {
	w := &writer{taken: map[string]bool{}, next: map[string]int{}, begun: map[int]int{}, unanswered: map[int]time.Time{}}
	w.print = humanframe.NewPrinter(r.o.Lookup, codec.View{})
	w.print.Marks, w.print.Reasons, w.print.Start = true, true, r.begun
	for _, l := range f.lines {
		w.reserve(l.text)
	}
	w.head(r, f.lines)
	for i, l := range f.lines {
		w.line(i, l)
	}
	r.made = w.made
	return w.out
}

// looksLikeVariable finds what a document may take for a variable.
var looksLikeVariable = lazyre.New(`(?:\$|\{\{|\$\{)([A-Za-z_][A-Za-z0-9_]*)`)

// reserve keeps variables from having names that stand in the texts.
func (w *writer) reserve(text string) {
	if !strings.Contains(text, "$") && !strings.Contains(text, "{{") {
		return
	}
	for _, m := range looksLikeVariable.Get().FindAllStringSubmatch(text, -1) {
		w.taken[m[1]] = true
	}
}

// name gives a new variable of a kind its name.
func (w *writer) name(k *kind) string {
	for {
		w.next[k.name]++
		if name := k.name + itoa(w.next[k.name]); !w.taken[name] {
			return name
		}
	}
}

func (w *writer) puts(texts ...string) {
	for _, t := range texts {
		w.out = append(w.out, t...)
	}
}

// head writes what stands before the first frame.
func (w *writer) head(r *Recorder, lines []*line) {
	if r.o.Source != "" {
		w.puts("@recorded ", oneLine(r.o.Source), "\n")
	}
	for _, n := range r.notes {
		w.puts("# ", oneLine(n), "\n")
	}
	for _, n := range r.goals(lines) {
		w.puts("# ", oneLine(n), "\n")
	}
	for i := range r.masked {
		name := "secret" + itoa(i+1)
		if i == 0 {
			w.puts("# What was secret is to be filled in.\n")
		}
		w.puts("@set ", name, "=", codec.Redacted, "\n")
		w.vars = append(w.vars, name)
	}
	if len(r.o.Mask) > 0 {
		w.puts("@ignore ", strings.Join(r.o.Mask, " "), "\n")
	}
}

func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, s)
}

// line writes one line, with what it needs before it.
func (w *writer) line(i int, l *line) {
	timed := l.dir == codec.ToClient && (l.extra || slices.Contains(tables(l.proto).timed, l.frame))
	slices.SortFunc(l.places, func(a, b place) int { return a.start - b.start })
	var made []string // captures of this line
	for k := range l.places {
		p := &l.places[k]
		if p.put == "" {
			p.put = w.put(i, l, p, timed, &made)
		}
	}
	if _, ok := w.begun[l.conn]; !ok {
		w.begun[l.conn] = len(w.out)
	}
	directives, reason, marks := w.lead(l)
	w.puts(directives)
	w.pause(l)
	w.puts(l.request, reason)
	if isHandshake(l) {
		w.early(l.conn)
	}
	w.puts(w.sets...)
	w.sets = w.sets[:0]
	if list := l.made(i); len(list) > 0 {
		w.puts("# Another recording has otherwise: ", strings.Join(list, ", "), "\n")
	}
	if timed {
		w.puts("@optional\n", marks, w.text(l), "\n")
	} else {
		long := w.patience(l)
		w.puts(long, marks, w.text(l), "\n")
		if long != "" {
			w.puts("@timeout none\n")
		}
		w.passed(l)
	}
	w.puts(l.asserts)
	w.vars = append(w.vars, made...)
}

// isHandshake says whether a line is of a handshake that who replays it may do
// when the connection is made.
func isHandshake(l *line) bool {
	return l.dir == codec.ToServer && (strings.HasPrefix(l.text, "command READY") || strings.HasPrefix(l.text, "command INITIATE"))
}

// early puts what is to be set before the first line of a connection.
func (w *writer) early(conn int) {
	sets := strings.Join(w.sets, "")
	at := w.begun[conn]
	w.out = slices.Insert(w.out, at, []byte(sets)...)
	for c, n := range w.begun {
		if n > at {
			w.begun[c] = n + len(sets)
		}
	}
	w.sets = w.sets[:0]
}

// lead returns what stands before a text: the directives that it needs, why it
// is raw, its direction and bracket.
func (w *writer) lead(l *line) (directives, reason, marks string) {
	lead := string(w.print.AppendLead(nil, &l.head))
	for strings.HasPrefix(lead, "@") {
		n := strings.IndexByte(lead, '\n') + 1
		directives, lead = directives+lead[:n], lead[n:]
	}
	n := strings.LastIndexByte(lead, '\n') + 1
	return directives, lead[:n], lead[n:]
}

// made lists the places where the client first said what it made up, when it
// is something else in another recording.
func (l *line) made(i int) (paths []string) {
	for k := range l.places {
		if p := &l.places[k]; l.dir == codec.ToServer && p.put == "" && p.val.first == i && p.val.kind.varied {
			paths = append(paths, p.path)
		}
	}
	return paths
}

// put returns what stands in a place; "" is what stood there.
func (w *writer) put(i int, l *line, p *place, timed bool, made *[]string) string {
	v := p.val
	switch {
	case v.base != nil:
		return v.base.used(&place{plus: v.number - v.base.number + p.plus})
	case v.first < i || v.name != "" && v.sent:
		if v.name == "" && l.dir == codec.ToClient && !v.sent {
			return hole
		}
		return v.used(p)
	case l.dir == codec.ToServer:
		return w.fresh(l, p)
	case !v.reuse || v.kind.once || timed || v.name != "" || p.plus > 0:
		return hole
	}
	v.name = w.name(v.kind)
	*made = append(*made, v.name)
	return "{{" + v.name + "}}"
}

// hole stands for any text.
const hole = "{{*}}"

// used returns how a value is used.
func (v *value) used(p *place) string {
	switch {
	case v.name == "":
		return ""
	case p.plus > 0:
		return "${" + v.name + "+0x" + strconv.FormatUint(p.plus, 16) + "}"
	}
	return "${" + v.name + "}"
}

// fresh returns what makes a value that the client made up.
func (w *writer) fresh(l *line, p *place) string {
	v := p.val
	maker := "{{" + v.kind.fresh + "}}"
	switch {
	case v.kind.fresh == "":
		return ""
	case !v.reuse && inline(l.proto):
		w.made = append(w.made, l.text[p.start:p.end])
		return maker
	}
	w.made = append(w.made, l.text[p.start:p.end])
	v.name = w.name(v.kind)
	w.sets = append(w.sets, "@set "+v.name+"="+maker+"\n")
	w.vars = append(w.vars, v.name)
	return "${" + v.name + "}"
}

// inline says whether the texts of a protocol may ask for new values
// themselves.
func inline(proto string) bool { return proto == "emqp" || proto == "zmtp" }

// text returns the text of a line with what stands in its places.
func (w *writer) text(l *line) string {
	var b strings.Builder
	at := 0
	quoted := session.Quotes(l.text)
	for _, p := range l.places {
		if p.put == "" || p.start < at {
			continue
		}
		w.escape(&b, l, quoted, at, p.start)
		b.WriteString(short(p.put, l.text[p.end:]))
		at = p.end
	}
	w.escape(&b, l, quoted, at, len(l.text))
	return b.String()
}

// short writes ${name} as $name where the text that follows allows it.
func short(put, rest string) string {
	name, ok := strings.CutPrefix(put, "${")
	if !ok || strings.Contains(name, "+") || rest != "" && identifies(rest[0]) {
		return put
	}
	return "$" + strings.TrimSuffix(name, "}")
}

func identifies(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
