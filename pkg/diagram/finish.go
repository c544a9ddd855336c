package diagram

import (
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/dump"
)

// Gap is the time without a message that a diagram shows.
const Gap = time.Second

// A Diagram is who said what to whom.
type Diagram struct {
	Actors []string
	Blocks []Block
	Start  time.Time // of the first arrow; zero without times

	Shown int // records in the arrows
	Below int // records that are below the applications
	Left  int // records of conversations that were not asked for
	More  int // records for which there was no room
}

// A Block is arrows that come Times times in a row. Its arrows are those of
// the first time, with the latencies of all.
type Block struct {
	Arrows []Arrow
	Times  int
	Wait   time.Duration // without a message before it, when that is worth telling
}

// Finish says that there are no more records. Peers returns the ends of a
// conversation; it may be nil.
func (b *Builder) Finish(peers func(conn int) *capture.Conn) *Diagram {
	d := &Diagram{Shown: b.shown, Below: b.below, Left: b.left, More: b.more}
	used := map[end]bool{}
	for i := range b.arrows {
		used[b.arrows[i].from], used[b.arrows[i].to] = true, true
	}
	actors := map[string]int{}
	of := map[end]int{}
	for _, server := range []bool{false, true} { // clients to the left, as they come
		for _, e := range b.order {
			if e.server != server || !used[e] {
				continue
			}
			key, shown := b.actor(e, peers)
			i, known := actors[key]
			if !known {
				i = len(d.Actors)
				actors[key] = i
				d.Actors = append(d.Actors, shown)
			}
			of[e] = i
		}
	}
	for i := range b.arrows {
		a := &b.arrows[i]
		a.From, a.To = of[a.from], of[a.to]
	}
	if len(b.arrows) > 0 {
		d.Start = b.arrows[0].First
	}
	d.Blocks = fold(b.arrows, b.o.Each)
	return d
}

// actor returns what tells an end from others, and its name. Ends that were
// told by name are one actor when they have the same; servers that were not,
// or that share a general name, when they have the same address.
func (b *Builder) actor(e end, peers func(conn int) *capture.Conn) (key, shown string) {
	var at string
	if peers != nil {
		if c := peers(e.conn); c != nil {
			at = c.Client.String()
			if e.server {
				at = c.Server.String()
			}
		}
	}
	name := b.names[e]
	switch {
	case !e.server && name != "":
		return "client " + name, name
	case !e.server && at != "":
		return "end " + strconv.Itoa(e.conn), "client " + strconv.Itoa(e.conn) + " " + at
	case !e.server:
		return "end " + strconv.Itoa(e.conn), "client " + strconv.Itoa(e.conn)
	case name == "router" || name == "msgq" || name == "pubsub": // one process with several ports
		return "server " + name, name
	case name != "":
		return "server " + name + " " + at, name
	case at != "":
		return "server " + at, "server " + at
	}
	return "server", "server"
}

// maxPeriod is the longest run of arrows whose repeats are found.
const maxPeriod = 6

// fold finds runs of arrows that come again and again.
func fold(arrows []Arrow, each bool) []Block {
	var blocks []Block
	var last time.Time
	for i := 0; i < len(arrows); {
		n, times := 1, 1
		if !each {
			n, times = repeats(arrows[i:])
		}
		block := Block{Arrows: append([]Arrow(nil), arrows[i:i+n]...), Times: times}
		for k := n; k < n*times; k++ {
			a := &block.Arrows[k%n]
			a.merge(&arrows[i+k])
			a.Count -= arrows[i+k].Count // it is told once, and how often the block comes
		}
		if first := arrows[i].First; !last.IsZero() && !first.IsZero() && first.Sub(last) >= Gap {
			block.Wait = first.Sub(last)
		}
		last = arrows[i+n*times-1].Last
		blocks = append(blocks, block)
		i += n * times
	}
	return blocks
}

// repeats returns the run at the front that covers the most by its repeats.
func repeats(arrows []Arrow) (n, times int) {
	n, times = 1, 1
	for p := 2; p <= maxPeriod && 2*p <= len(arrows); p++ {
		t := 1
		for (t+1)*p <= len(arrows) && sameRun(arrows[(t-1)*p:t*p], arrows[t*p:(t+1)*p]) {
			t++
		}
		if t > 2 && t*p > n*times {
			n, times = p, t
		}
	}
	return n, times
}

// sameRun says whether two runs say the same, one soon after the other.
func sameRun(a, b []Arrow) bool {
	for i := range a {
		if a[i].Count != b[i].Count || a[i].from != b[i].from || a[i].to != b[i].to || a[i].Kind != b[i].Kind || a[i].Answer != b[i].Answer || a[i].Error != b[i].Error {
			return false
		}
	}
	return b[0].First.Sub(a[len(a)-1].Last) < Gap
}

// Messages returns how many messages the arrows stand for: as many as Shown.
func (d *Diagram) Messages() int {
	n := 0
	for _, b := range d.Blocks {
		for _, a := range b.Arrows {
			n += a.Count * b.Times
		}
	}
	return n
}

// text returns an arrow's label with how often and how long, in at most so many
// columns; 0 means in as many as it takes. What is cut is the label.
func (a *Arrow) text(columns int) string {
	suffix := ""
	if a.Count > 1 {
		suffix += " ×" + strconv.Itoa(a.Count)
	}
	switch {
	case a.Latency < 0:
	case a.Least >= 0 && short(a.Least) != short(a.Latency):
		suffix += " (" + short(a.Least) + " to " + short(a.Latency) + ")"
	default:
		suffix += " (" + short(a.Latency) + ")"
	}
	if columns <= 0 {
		return a.Label + suffix
	}
	return fit(fit(a.Label, max(columns-dump.Cells(suffix), 4))+suffix, columns)
}

// short returns a time in two digits.
func short(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d < u.unit {
			continue
		}
		f := float64(d) / float64(u.unit)
		if f < 9.95 {
			return strconv.FormatFloat(f, 'f', 1, 64) + " " + u.name
		}
		return strconv.FormatFloat(f, 'f', 0, 64) + " " + u.name
	}
	return strconv.FormatInt(int64(d), 10) + " ns"
}
