package synapse

// Limits of a tracker.
const (
	maxTracks = 512 // streams, by instance
	maxKey    = 256 // bytes of a stream's and an instance's name
)

// A tracker follows the tokens of the streams of one direction. What it keeps
// is bounded; streams beyond that are not followed.
type tracker struct {
	lines   int // seen so far
	streams map[string]*position
	order   []*position // by first appearance
	latest  *position   // of the last line; nil before the first

	familiar []familiar
	odd      int // rows since the last usual one
}

// A position is how far a stream has come.
type position struct {
	key, name, instance string
	of                  *stream // nil when no version has it
	layout              int     // of its rows, if they are as this
	head                string  // their JSON up to the token, if they are usual

	first, last int64
	begun       bool // there is a first
	known       bool // there is a last
	open        int  // rows of a batch without its last one
	began       int  // line of the first of them

	rows, batches, back, gaps int // how many of them there were
}

// forget drops what is half known: bytes are missing.
func (t *tracker) forget() {
	for _, p := range t.order {
		p.known, p.open = false, 0
	}
}

// see follows f, a valid line, and writes what it is in its stream to
// f.track.
func (t *tracker) see(f *Frame) {
	p := t.know(f)
	if p == nil {
		return
	}
	f.track.key, f.track.of, f.track.tokened = p.key, p.of, true
	if f.cmd == cmdRData {
		t.seeRow(f, p, len(f.layout().parts)-2)
		return
	}
	t.seePosition(f, p, f.layout())
}

// know returns the position of the stream that f, a valid line, is about, nil when
// there is none.
func (t *tracker) know(f *Frame) *position {
	if f.cmd != cmdRData && f.cmd != cmdPosition {
		return nil
	}
	return t.position(f, f.layout())
}

// position returns the position of the stream of f, nil when it is not to be
// followed.
func (t *tracker) position(f *Frame, l *layout) *position {
	name := f.part(0)
	key := name
	if l.parts[1].kind == text { // the instance that writes the stream
		key = f.body()[f.pieces.parts[0].start:f.pieces.parts[1].end]
	}
	if t.latest != nil && t.latest.key == string(key) {
		return t.latest
	}
	p := t.streams[string(key)]
	if p == nil {
		if len(key) > maxKey || len(t.streams) >= maxTracks {
			return nil
		}
		if t.streams == nil {
			t.streams = make(map[string]*position)
		}
		p = &position{key: string(key), name: string(name), of: findStream(name)}
		if l.parts[1].kind == text {
			p.instance, p.layout = string(f.part(1)), 1
		}
		if f.oneLine {
			t.befriend(p)
		}
		t.streams[p.key] = p
		t.order = append(t.order, p)
	}
	t.latest = p
	return p
}

// seeRow follows an RDATA line, whose token is a part.
func (t *tracker) seeRow(f *Frame, p *position, token int) {
	p.rows++
	if !f.plainInt(token) && string(f.part(token)) == "batch" {
		if p.open++; p.open == 1 {
			p.began = t.lines
		}
		f.track.row, f.track.tokened = p.open, false
		return
	}
	if p.open > 0 {
		f.track.row, f.track.rows, f.track.lines = p.open+1, p.open+1, t.lines-p.began
		p.open = 0
		p.batches++
	}
	p.move(f, token)
	if f.track.regressed && len(f.layout().parts) == 3 && string(f.part(0)) == "account_data" {
		// Up to v1.12 these rows come from two tables, one after the other.
		f.track.regressed = false
		p.back--
	}
}

// seePosition follows a POSITION line. From v1.13 on it ends a batch.
func (t *tracker) seePosition(f *Frame, p *position, l *layout) {
	tokens := 1
	switch {
	case len(l.parts) == 2: // the server sends missing rows before it
		p.move(f, 1)
		return
	case len(l.parts) == 4:
		tokens = 2
	}
	f.track.left, p.open = p.open, 0
	first, ok := f.number(2)
	if ok && p.known && first > p.last {
		f.track.gap, f.track.last = true, p.last
		p.gaps++
	}
	p.move(f, 1+tokens)
}

// move takes the stream to the token that is a part.
func (p *position) move(f *Frame, part int) {
	n, ok := f.number(part)
	if !ok {
		p.known = false
		return
	}
	if p.known && n < p.last {
		f.track.regressed, f.track.last = true, p.last
		p.back++
	}
	p.last, p.known = n, true
	if !p.begun {
		p.first, p.begun = n, true
	}
}
