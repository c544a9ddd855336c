package diff

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
)

// details reads both sides again, for what differs and what stands around it.
func (d *differ) details(ctx context.Context, a, b Side) error {
	d.counts = map[string]int{}
	wanted := d.want()
	if len(wanted[0]) == 0 && len(wanted[1]) == 0 {
		return nil
	}
	// In step with each other, so that little waits for its counterpart.
	var next [2]func() (Record, error, bool)
	for i, s := range []Side{a, b} {
		n, stop := iter.Pull2(s.Read())
		defer stop()
		next[i] = n
	}
	var done [2]int
	for len(wanted[0]) > 0 || len(wanted[1]) > 0 {
		side := 0
		if len(wanted[0]) == 0 || len(wanted[1]) > 0 && d.ahead(done) {
			side = 1
		}
		rec, err, ok := next[side]()
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if !ok { // the input is another than before
			clear(wanted[side])
			continue
		}
		index := done[side]
		done[side]++
		key := recordKey{rec.Conn, rec.Seq}
		if w := wanted[side][key]; w != nil {
			delete(wanted[side], key)
			d.detail(w, side, rec, index)
		}
	}
	return nil
}

// ahead says whether more of a has been read than of b.
func (d *differ) ahead(done [2]int) bool {
	return done[0]*max(1, d.sides[1].records) > done[1]*max(1, d.sides[0].records)
}

// recordKey names a record of a side.
type recordKey struct{ conn, seq int }

// A want is what the second reading is to find out.
type want struct {
	frames *Frames // to be filled; nil when it is only counted what differs
	change Change
	docs   [2]*document // of Changed, once read
	bytes  [2]string
	masked bool
	open   [2][][]string
	alone  [2]bool
	began  [2]*talk
	pair   *pairing
}

// want plans what is to be found out, and makes the hunks.
func (d *differ) want() (wanted [2]map[recordKey]*want) {
	wanted = [2]map[recordKey]*want{{}, {}}
	for _, p := range d.pairs {
		shown := d.choose(p)
		last := -2
		for i, s := range p.steps {
			if !shown[i] && s.change != Changed {
				continue
			}
			w := &want{change: s.change, began: [2]*talk{p.a, p.b}, pair: p}
			if shown[i] {
				w.frames = &Frames{Change: s.change}
				if s.change == Same && !d.Whole {
					w.frames.B = &Frame{Conn: p.b.ID, Seq: int(p.b.dirs[s.dir][s.b].seq)}
				}
				if last != i-1 {
					p.Hunks = append(p.Hunks, nil)
				}
				last = i
				h := &p.Hunks[len(p.Hunks)-1]
				*h = append(*h, w.frames)
			}
			if s.a >= 0 {
				wanted[0][recordKey{p.a.ID, int(p.a.dirs[s.dir][s.a].seq)}] = w
			}
			if s.b >= 0 && (s.change != Same || d.Whole) {
				wanted[1][recordKey{p.b.ID, int(p.b.dirs[s.dir][s.b].seq)}] = w
			}
		}
	}
	return wanted
}

// choose says which steps are shown: differences, as long as there are not too
// many, and what stands around them. A conversation that only one side has is
// one difference, and is told of as such.
func (d *differ) choose(p *pairing) []bool {
	shown := make([]bool, len(p.steps))
	if d.Whole {
		for i := range shown {
			shown[i] = true
		}
		return shown
	}
	if p.a == nil || p.b == nil {
		return shown
	}
	for i, s := range p.steps {
		if s.change == Same {
			continue
		}
		if d.Max > 0 && d.kept == d.Max {
			d.left++
			continue
		}
		d.kept++
		for k := max(0, i-d.Context); k <= min(i+d.Context, len(p.steps)-1); k++ {
			if k == i || p.steps[k].change == Same {
				shown[k] = true
			}
		}
	}
	return shown
}

// detail takes a record that is wanted.
func (d *differ) detail(w *want, side int, rec Record, index int) {
	if w.frames != nil {
		f := d.frame(rec)
		f.Index = index
		if side == 0 {
			w.frames.A = f
		} else {
			w.frames.B = f
		}
	}
	if w.change != Changed {
		return
	}
	doc := &document{}
	doc.load(d.rules, rec.Record, w.began[side].began)
	w.docs[side], w.bytes[side] = doc, string(rec.Bytes)
	w.masked, w.open[side], w.alone[side] = w.masked || rec.Masked, rec.Open, rec.Alone
	if w.docs[0] == nil || w.docs[1] == nil {
		return
	}
	parts := d.compare(w)
	w.docs, w.bytes = [2]*document{}, [2]string{}
	if len(parts) == 0 {
		w.settle()
	}
	seen := map[string]bool{}
	for _, p := range parts {
		seen[starred(p.Path)] = true
	}
	for path := range seen {
		d.counts[path]++
	}
	if w.frames != nil {
		w.frames.Parts = parts
	}
}

// settle makes the same of two frames that differ in nothing but what may be
// anything.
func (w *want) settle() {
	w.pair.Counts.Changed--
	w.pair.Counts.Same++
	if w.frames != nil {
		w.frames.Change = Same
	}
}

// starred returns a path with * for the numbers of lists.
func starred(path string) string {
	var b strings.Builder
	for {
		lead, rest, ok := strings.Cut(path, "[")
		b.WriteString(lead)
		if !ok {
			return b.String()
		}
		n, after, _ := strings.Cut(rest, "]")
		if strings.Trim(n, "0123456789") == "" {
			n = "*"
		}
		b.WriteString("[" + n + "]")
		path = after
	}
}

func (d *differ) frame(r Record) *Frame {
	f := &Frame{
		Line: r.Line, Proto: r.Proto, Dialect: r.Dialect,
		Conn: r.Conn, Seq: r.Seq, Exchange: r.Exchange, Dir: r.Dir, Time: r.Time, Span: r.Span, Gap: r.IsGap(),
	}
	if r.Record.Frame != nil {
		f.Type = r.Record.Frame.Type()
	}
	if r.Err != nil {
		f.Error = r.Err.Code
	}
	if d.Wire != nil && !f.Gap {
		f.Wire = string(d.Wire(nil, r.Record))
	}
	return f
}

// compare returns the parts in which two records differ.
func (d *differ) compare(w *want) []Part {
	c := comparer{rules: d.rules, a: &w.docs[0].tree, b: &w.docs[1].tree, open: append(w.open[0], w.open[1]...), alone: w.alone}
	c.node(0, 0)
	if len(c.parts) > 0 || c.loose || w.masked || w.bytes[0] == w.bytes[1] {
		return c.parts
	}
	// All fields are the same, and the bytes are not: they were put together
	// in another way, or a secret differs.
	return []Part{{Path: "wire"}}
}

// result puts together what was found.
func (d *differ) result() *Result {
	r := &Result{Left: d.left}
	for _, p := range d.pairs {
		if !d.Whole {
			p.Hunks = trim(p.Hunks, d.Context)
		}
		r.Pairs = append(r.Pairs, &p.Pair)
		r.Total.add(p.Counts)
	}
	for path, n := range d.counts {
		r.Paths = append(r.Paths, PathCount{path, n})
	}
	slices.SortFunc(r.Paths, func(x, y PathCount) int {
		return cmp.Or(cmp.Compare(y.Frames, x.Frames), cmp.Compare(x.Path, y.Path))
	})
	return r
}

// trim takes out of hunks what is not near a difference, once some that were
// planned turned out to be none.
func trim(hunks []Hunk, context int) []Hunk {
	var out []Hunk
	for _, h := range hunks {
		last := -2
		for i, f := range h {
			near := slices.ContainsFunc(h[max(0, i-context):min(i+context+1, len(h))], func(f *Frames) bool { return f.Change != Same })
			if !near {
				continue
			}
			if last != i-1 {
				out = append(out, nil)
			}
			last = i
			out[len(out)-1] = append(out[len(out)-1], f)
		}
	}
	return out
}
