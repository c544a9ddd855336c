package emqp

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Tell implements [codec.Teller]. Ends are named by their roles, and those
// that connect by the beginning of their sockets' identity too.
func (f *Frame) Tell(t *codec.Told, v codec.View) {
	t.Kind = f.Type()
	if !f.envelope {
		f.z.Tell(t, v)
		return
	}
	t.Below = f.cmd != nil && f.cmd.name == "HEARTBEAT"
	dealer, server := f.from, f.to
	if dealer == Router || dealer == PubSub {
		dealer, server = server, dealer
	}
	t.Server = string(server)
	if dealer != "" {
		t.Client = string(dealer)
		if f.peer != "" {
			t.Client += " " + strings.ToValidUTF8(string(short([]byte(f.peer))), "?")
		}
	}
	if f.shape != nil {
		t.Label = strings.TrimSpace(t.Kind + " " + string(f.gist(nil)))
	}
	if f.cmd != nil && f.cmd.name == "REQUEST" {
		t.Kind += " " + string(f.body("queue"))
	}
}
