package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// A shower writes records in one of the forms of decode.
type shower struct {
	e       *env
	o       *decodeOptions
	printer *humanframe.Printer // of the notation; nil for the other forms
	buf     []byte
	begun   bool
	records int
	damaged int
	first   error // the first damage, for the message at the end
	frames  bool  // there was a frame
	unknown error // the first bytes of no protocol of ours

	joiner  *decode.Joiner         // pairs answers with requests; nil for forms that do not show it
	ahead   *decode.Ahead[showing] // nil unless requests are to wait for their answers
	replier dump.Replier
	aligner *dump.Aligner // of a table of values

	// seen is told of all records that add gets from a session.
	seen  func(r *codec.Record)
	about conversations

	// sink takes the records that add chooses, instead of showing them.
	sink func(r *codec.Record, reply codec.Reply, paired bool) error

	render   decode.Render // for add
	straight bool          // all records are shown, each as it comes
	text     []byte
	choose   decode.Choose // for add; nil chooses all
	chosen   map[int]bool  // conversations with a record that was chosen
	around   surroundings
	now      showing // the record that is being shown, which nobody keeps
}

func newShower(e *env, o *decodeOptions) *shower {
	s := &shower{e: e, o: o, chosen: map[int]bool{}, around: surroundings{n: o.choosing.around}}
	if o.output == "wire" {
		s.printer = o.printer()
	}
	if o.joins() {
		s.joiner = decode.NewJoiner()
	}
	if o.looksAhead() {
		s.ahead = decode.NewAhead[showing]()
	}
	return s
}

// joins says whether answers are to be paired with requests.
func (o *decodeOptions) joins() bool {
	switch o.output {
	case "json", "tree", reportOutput, columnarOutput:
		return true
	}
	return o.list || o.looksAhead() || o.uses(joinNames...)
}

// looksAhead says whether a request is to wait until it is known what answers
// it.
func (o *decodeOptions) looksAhead() bool {
	return o.join || o.uses("replied_by", "replied_by_conn")
}

// begin is called before the first record, with the time of the capture's
// first event, if there is one.
func (s *shower) begin(start time.Time) {
	if s.begun {
		return
	}
	s.begun = true
	s.open(start)
	s.straight = s.o.straight() && s.sink == nil && s.seen == nil && s.aligner == nil
}

// straight says whether all records are to be shown, each as it comes.
func (o *decodeOptions) straight() bool {
	return !o.chooses() && !o.looksAhead() && o.count == 0 && o.choosing.around == 0 && !o.list
}

// open makes what begin asks for.
func (s *shower) open(start time.Time) {
	s.render = s.o.render(s.e, start)
	if s.o.chooses() {
		s.choose = s.o.choose(s.e, start)
	}
	if s.o.picking.columns != nil {
		s.beginPicked()
		return
	}
	if s.printer != nil {
		s.printer.Start = start
		return
	}
	r := s.o.renderer(s.e, start)
	s.replier, _ = r.(dump.Replier)
	if !s.o.list {
		s.buf = r.AppendHeader(s.buf)
	}
}

// alignedRows is how many rows of values settle the widths of a table.
const alignedRows = 200

// beginPicked is open for values.
func (s *shower) beginPicked() {
	if s.o.picking.template != nil {
		return
	}
	head := s.o.values(s.e).AppendHeader(nil)
	if s.o.output != "table" {
		s.buf = append(s.buf, head...)
		return
	}
	hold := alignedRows
	if s.o.live() {
		hold = 0
	}
	s.aligner = dump.NewAligner(hold, s.e.Stdout.Dump().Name)
	s.buf = s.aligner.Append(s.buf, head)
}

func (o *decodeOptions) view() codec.View { return codec.View{Secrets: o.secrets, Depth: o.depth} }

// printer returns a printer of the notation.
func (o *decodeOptions) printer() *humanframe.Printer {
	p := humanframe.NewPrinter(registry.Lookup, o.view())
	p.Reasons = true
	return p
}

// renderer returns a renderer of the other forms, which count times from
// start.
func (o *decodeOptions) renderer(e *env, start time.Time) dump.Renderer {
	p := o.printer()
	opts := dump.Options{
		View: o.view(), Wire: p.AppendText, WireJSON: p.AppendJSONText,
		Width: e.Stdout.Columns(dump.DefaultWidth), Styles: e.Stdout.Dump(),
		Times: !start.IsZero(), Start: start,
	}
	if o.all {
		opts.Rows = -1
	}
	switch o.output {
	case "json":
		return dump.NewJSON(opts)
	case "tree":
		return dump.NewTree(opts)
	case "table":
		return dump.NewTable(opts)
	}
	return dump.NewHex(opts)
}

// render returns what makes the text of a record, for one goroutine. What it
// makes depends on that record alone.
func (o *decodeOptions) render(e *env, start time.Time) decode.Render {
	switch {
	case o.list:
		return func(dst []byte, _ *codec.Record) []byte { return dst }
	case o.picking.columns != nil:
		return o.renderPicked(e)
	case o.output == "wire":
		return o.printer().AppendBody
	}
	return o.renderer(e, start).AppendRecord
}

// marks settles whether lines of the notation have directions and brackets:
// not when the input is one direction that needs none to be told.
func (s *shower) marks(marked bool) {
	if s.printer != nil {
		s.printer.Marks = marked
	}
}

// add shows a record, if it is chosen or stands near one that is. It says
// whether it was chosen, if that is known.
func (s *shower) add(r *codec.Record) (chosen bool, err error) {
	if s.straight {
		return true, s.addStraight(r)
	}
	s.judge(r)
	if s.seen != nil {
		s.seen(r)
	}
	x := &s.now
	*x = showing{r: *r, chosen: true}
	if s.choose != nil {
		x.chosen, x.later = s.choose(r)
	}
	if s.sated() {
		x.chosen, x.later = false, nil
	}
	var link codec.Link
	if s.joiner != nil {
		link = decode.LinkOf(r)
	}
	s.join(x, link)
	s.text = s.text[:0]
	if x.later != nil && s.ahead == nil { // so nothing is made of what is not chosen
		s.text, x.chosen = x.later(s.text, &x.joined)
		x.later = nil
	}
	if s.sink == nil && (x.chosen || x.later != nil || s.around.n > 0) {
		s.text = s.render(s.text, r)
	}
	x.text = s.text
	return s.take(x, link)
}

// addStraight is add when nothing is chosen and nothing waits. It keeps nothing
// of r.
func (s *shower) addStraight(r *codec.Record) error {
	if r.Frame == nil || r.Err != nil || !s.frames { // seldom
		s.judge(r)
	}
	s.records++
	if s.printer != nil {
		s.buf = s.printer.AppendRecord(s.buf, r)
	} else {
		s.buf = s.render(s.buf, r)
		if s.joiner != nil {
			s.joinStraight(r)
		}
	}
	if len(s.buf) >= flushAt || s.o.live() {
		return s.flush()
	}
	return nil
}

// joinStraight adds what the records before tell of r, of which the text has
// just been made.
func (s *shower) joinStraight(r *codec.Record) {
	if j := s.joined(r, decode.LinkOf(r)); j != nil {
		s.buf = s.replier.AppendJoined(s.buf, r.Conn, j)
	}
}

// joined returns what the records before tell of r, nil if that is not to be
// shown. It is good until the next call.
func (s *shower) joined(r *codec.Record, link codec.Link) *codec.Joined {
	if link.Role == codec.LinkNone {
		return nil
	}
	j := &s.now.joined
	if *j = s.joiner.Add(r, link); s.replier == nil || !j.Answers {
		return nil
	}
	j.Outstanding = -1 // that is for those who look ahead
	return j
}

// put shows a record, if it was chosen or stands near one that was.
func (s *shower) put(x *showing) error {
	if x.chosen {
		s.records++
		if s.sink != nil || s.o.list && s.o.choosing.any() {
			s.chosen[x.r.Conn] = true
		}
	}
	switch {
	case s.sink != nil && x.chosen:
		return s.sink(&x.r, x.joined.To, x.joined.Answers)
	case s.sink != nil:
		return nil
	case s.o.list:
		return nil
	case s.around.n > 0:
		s.around.record(x, s.write, s.divide)
	case x.chosen:
		s.write(x)
	}
	if len(s.buf) >= flushAt || s.o.live() {
		return s.flush()
	}
	return nil
}

// write writes a record.
func (s *shower) write(x *showing) {
	if s.printer != nil {
		s.buf = s.printer.AppendLead(s.buf, &x.r)
		s.buf = append(append(s.buf, x.text...), '\n')
		return
	}
	if s.aligner != nil {
		s.buf = s.aligner.Append(s.buf, x.text)
		return
	}
	s.buf = append(s.buf, x.text...)
	if s.ahead == nil {
		x.joined.Outstanding = -1
	}
	if j := &x.joined; s.replier != nil && (j.Answers || j.Answered || j.Outstanding >= 0) {
		s.buf = s.replier.AppendJoined(s.buf, x.r.Conn, j)
	}
}

// divide shows that records are left out between two that are shown.
func (s *shower) divide() {
	switch s.o.output {
	case "json", "csv", "tsv":
	case "wire":
		s.buf = append(s.buf, "# --\n"...)
	default:
		s.buf = append(s.buf, "--\n"...)
	}
}

// sated says whether as many records were chosen as are to be.
func (s *shower) sated() bool { return s.o.count > 0 && s.records >= s.o.count }

// full says whether nothing more is to be shown.
func (s *shower) full() bool { return s.sated() && s.around.after == 0 }

// listed returns the conversations to list: those with a record that was
// chosen.
func (s *shower) listed(list []*decode.Summary) []*decode.Summary {
	if !s.o.choosing.any() {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(c *decode.Summary) bool { return !s.chosen[c.Conn.ID] })
}

// judge remembers what decides how the command ends.
func (s *shower) judge(r *codec.Record) {
	place := func() error { return fmt.Errorf("conn %d %s: %w", r.Conn, r.Dir, r.Err) }
	switch {
	case decode.Damaged(r):
		s.damaged++
		if s.first == nil && r.Err != nil {
			s.first = place()
		}
	case r.Err == nil:
		s.frames = true
	case r.Err.Code == decode.CodeUnknown && s.unknown == nil:
		s.unknown = place()
	}
}

func (s *shower) flush() error {
	_, err := s.e.Stdout.Write(s.buf)
	s.buf = s.buf[:0]
	if err == nil && s.o.live() {
		err = s.e.Stdout.Flush()
	}
	return err
}

// fault takes an error of a source: damage is remembered, and decoding goes
// on; anything else ends it.
func (s *shower) fault(err error) error {
	if d, ok := errors.AsType[*capture.Damage](err); ok {
		s.damage(d)
		return nil
	}
	return ui.With(ui.ExitIO, err)
}

// damage remembers damage of the capture itself.
func (s *shower) damage(d *capture.Damage) {
	s.damaged++
	if s.first == nil {
		s.first = d
	}
}

const damageHint = "--allow-damage makes this status 0"

// finish writes what is left and returns how the command ends.
func (s *shower) finish(err error) error {
	if serr := s.settleAll(); err == nil {
		err = serr
	}
	if s.aligner != nil {
		s.buf = s.aligner.Flush(s.buf)
	}
	if ferr := s.flush(); err == nil {
		err = ferr
	}
	if err == nil {
		err = s.o.picking.failed()
	}
	s.limits()
	if err != nil || s.o.allowDamage {
		return err
	}
	if !s.frames && s.unknown != nil {
		return ui.With(ui.ExitDamage, &hinted{s.unknown, "-p PROTOCOL decodes it all the same"})
	}
	if s.damaged == 0 {
		return nil
	}
	what := errors.New("the capture has gaps")
	if s.first != nil {
		what = s.first
	}
	switch s.damaged {
	case 1:
	case 2:
		what = &hinted{fmt.Errorf("%w, and one more place is damaged", what), damageHint}
	default:
		what = &hinted{fmt.Errorf("%w, and %d more places are damaged", what, s.damaged-1), damageHint}
	}
	return ui.With(ui.ExitDamage, what)
}

// grouped returns n for people.
func grouped(n int64) string { return string(dump.AppendGrouped(nil, n)) }

// roundDuration returns d for people.
func roundDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
