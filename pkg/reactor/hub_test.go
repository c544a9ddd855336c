package reactor_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/machines"
)

func seedHub() reactor.Hub {
	return reactor.Independent(func() reactor.Machine {
		return machines.All()[0].New(reactor.Options{Role: reactor.Server})
	})
}

func TestIndependent(t *testing.T) {
	h := seedHub()
	line := event(t, "hg", "seed", h, "> 1 1 stream-begin command-name eos heads")
	for _, c := range []struct {
		ev    reactor.Event
		want  string
		conns []int
	}{
		{line, "reject the event is of no connection; ", nil},
		{reactor.From{Conn: 2, Event: line}, "", nil},
		{reactor.From{Conn: 2, Event: reactor.Opened{}}, "", []int{2}},
		{reactor.From{Conn: 2, Event: reactor.Opened{}}, "[#2] reject connection 2 is open; ", []int{2}},
		{reactor.From{Conn: 1, Event: reactor.Opened{}}, "", []int{1, 2}},
		{reactor.From{Conn: 2, Event: line}, "[#2] run-command 1 heads; ", []int{1, 2}},
		{reactor.From{Conn: 1, Event: line}, "[#1] run-command 1 heads; ", []int{1, 2}},
		{reactor.From{Conn: 2, Event: reactor.Broken{Err: errors.New("gone")}}, "[#2] close gone; ", []int{1}},
		{reactor.From{Conn: 2, Event: reactor.Sent{ID: 1}}, "", []int{1}},
	} {
		before := h.Snapshot().State()
		got := ""
		for _, a := range h.Step(time.Time{}, c.ev, nil) {
			got += a.String() + "; "
		}
		if got != c.want || !reflect.DeepEqual(h.Conns(), c.conns) {
			t.Errorf("%#v: %s%v, was %v; want %s%v", c.ev, got, h.Conns(), before, c.want, c.conns)
		}
	}
}

func TestTo(t *testing.T) {
	a := reactor.To{Conn: 3, Action: reactor.Close{Why: "done"}}
	if got, want := string(reactor.AppendJSON(nil, a)), `{"action":"close","conn":3,"why":"done"}`; got != want {
		t.Errorf("JSON %s, want %s", got, want)
	}
	if conn, in := reactor.Unwrap(a); conn != 3 || in != a.Action {
		t.Errorf("Unwrap = %d, %v", conn, in)
	}
	if conn, in := reactor.Unwrap(a.Action); conn != 0 || in != a.Action {
		t.Errorf("Unwrap of a bare action = %d, %v", conn, in)
	}
}
