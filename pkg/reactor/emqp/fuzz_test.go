package emqp

import (
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// FuzzMachines gives a machine lines of the notation, each from a connection
// that its first byte chooses, at times that the same byte makes pass. No
// machine may panic, and a snapshot does what the machine does.
func FuzzMachines(f *testing.F) {
	seeds := []string{
		"\x00INFORM id=1 type=worker [[10, \"default\"]]\n\x00READY id=2\n\x01" + asking("3", "default", "reply-requested", "echo", "[1]") + "\n\x00REPLY id=4 orig_msgid=3 {\"value\": 1}\n\x13KBYE id=5",
		"\x01INFORM id=1 type=scheduler\n\x02SCHEDULE id=1 queue=q headers=[run_count:3] interval=1 " + tick + "\n\x42STATUS id=2\n\x02DISCONNECT id=3",
		"\x00ACK id=1 acked=2\n\x00HEARTBEAT id=3 timestamp=1.0\n\x00" + asking("3", "q", "timeout:1", "sleep", "[1e9]") + "\n\x90SCHEDULE id=1 queue=q headers=[] interval=-1 cron=\"0 0 L * 5#2\" " + tick,
		"\x00message \"\" \"eMQP/1.0\" \"INFORM\" \"1\" \"{}\" \"worker\"\n\x00message \"\" \"\" \"\" \"\"\n\x02PUBLISH id=1 topic=t []",
	}
	for _, seed := range seeds {
		for role := range byte(6) {
			f.Add(role, seed)
		}
	}
	f.Fuzz(func(t *testing.T, role byte, text string) {
		o := Options{MaxWaiting: 10, MaxBuffered: 1 << 16, MaxSchedules: 10, Compat: role&8 > 0, AsDocumented: role&16 > 0, Exec: role&32 > 0}
		var m reactor.Machine
		switch role % 6 {
		case 0:
			m = NewBroker(o)
		case 1:
			m = NewPublisher(o)
		case 2:
			m = NewWorker(o)
		case 3:
			m = NewScheduler(o)
		case 4:
			m = NewClient(o)
		case 5:
			o.Role = RoleAdmin
			m = NewClient(o)
		}
		_, hub := m.(reactor.Hub)
		d := &driver{t: t, m: m, hub: hub, now: time.Unix(1795211120, 0)}
		for conn := 1; conn <= 3 && (hub || conn == 1); conn++ {
			d.step(conn, reactor.Opened{})
			d.line(conn, "greeting 3.1 NULL")
			d.line(conn, map[bool]string{true: "command READY Socket-Type=DEALER", false: "command READY Socket-Type=ROUTER"}[hub])
		}
		for len(text) > 1 && d.steps < 200 {
			head := text[0]
			line := text[1:]
			for i := range line {
				if line[i] == '\n' {
					line = line[:i]
					break
				}
			}
			text = text[min(len(text), len(line)+2):]
			d.pass(time.Duration(head>>4) * 3 * time.Second)
			conn := 1
			if hub {
				conn += int(head & 3)
			}
			d.line(conn, line)
		}
	})
}

// A driver steps a machine and its snapshot side by side.
type driver struct {
	t      *testing.T
	m      reactor.Machine
	hub    bool
	now    time.Time
	steps  int
	timers map[string]time.Time
}

func (d *driver) step(conn int, ev reactor.Event) {
	d.steps++
	if d.hub && conn > 0 {
		ev = reactor.From{Conn: conn, Event: ev}
	}
	copied := d.m.Snapshot()
	actions := d.m.Step(d.now, ev, nil)
	again := copied.Step(d.now, ev, nil)
	if len(actions) != len(again) {
		d.t.Fatalf("the snapshot did %v, the machine %v", again, actions)
	}
	for i, a := range actions {
		if a.String() != again[i].String() {
			d.t.Fatalf("the snapshot did %v, the machine %v", again[i], a)
		}
		n, inside := reactor.Unwrap(a)
		switch inside := inside.(type) {
		case reactor.Send:
			if d.steps < 400 {
				d.step(max(n, conn*b2i(!d.hub)), reactor.Sent{ID: inside.ID})
			}
		case reactor.SetTimer:
			if d.timers == nil {
				d.timers = map[string]time.Time{}
			}
			delete(d.timers, inside.Timer)
			if !inside.At.IsZero() && n == 0 {
				d.timers[inside.Timer] = inside.At
			}
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pass lets time pass, with what is due meanwhile, up to a number of times.
func (d *driver) pass(t time.Duration) {
	end := d.now.Add(t)
	for range 50 {
		first := ""
		for name, at := range d.timers {
			if !at.After(end) && (first == "" || at.Before(d.timers[first]) || at.Equal(d.timers[first]) && name < first) {
				first = name
			}
		}
		if first == "" {
			break
		}
		if d.timers[first].After(d.now) {
			d.now = d.timers[first]
		}
		delete(d.timers, first)
		d.step(0, reactor.Expired{Timer: first})
	}
	d.now = end
}

// line gives the machine a frame in the notation, if it is one.
func (d *driver) line(conn int, line string) {
	p, err := emqp.Protocol{}.Parser(codec.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(line)})
	if err != nil {
		return
	}
	d.step(conn, reactor.Received{Frame: f.Clone()})
}
