package synapse_test

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// Directives that are wrong say what they want.
func TestInputErrors(t *testing.T) {
	type takes interface {
		reactor.Machine
		reactor.Inputs
	}
	for _, c := range []struct {
		m          takes
		name, args string
		want       string
	}{
		{newWorker("v1.66", reactor.Options{}), "nothing", "", `no directive "nothing"`},
		{newWorker("v1.66", reactor.Options{}), "known", "events 5", "it wants a stream, an instance and a token"},
		{newWorker("v1.12", reactor.Options{}), "known", "events master 5", "it wants a stream and a token"},
		{newWorker("v1.12", reactor.Options{}), "known", "events x", `token: an integer expected, not "x"`},
		{newWorker("v1.66", reactor.Options{}), "user-sync", "@a:x stop", "it wants a user, then start or end"},
		{newWorker("v1.66", reactor.Options{}), "federation-ack", "x", `token: an integer expected, not "x"`},
		{newWorker("v1.12", reactor.Options{}), "clear-user-sync", "", "v1.12 has no CLEAR_USER_SYNC"},
		{newWorker("v1.66", reactor.Options{}), "fetched", "x", `id: the number of a fetch expected, not "x"`},
		{newWorker("v1.66", reactor.Options{}), "fetched", "1 [[1]]", "rows: a list of [token,row] expected"},
		{newMain("v1.66", reactor.Options{}), "nothing", "", `no directive "nothing"`},
		{newMain("v1.66", reactor.Options{}), "row", "events", "it wants a stream and a row"},
		{newMain("v1.66", reactor.Options{}), "row", "events 5 [1", `row: "," or "]" expected, the text ends`},
		{newMain("v1.66", reactor.Options{}), "stream", "events", "it wants a stream and a token"},
		{newMain("v1.66", reactor.Options{}), "sync", "x", "v1.66 has no SYNC"},
	} {
		ev, err := c.m.Input(c.name, c.args)
		if err == nil || err.Error() != c.want {
			t.Errorf("@%s %s: %v, %v, want %s", c.name, c.args, ev, err, c.want)
		}
	}
}
