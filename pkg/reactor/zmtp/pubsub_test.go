package zmtp

import (
	"testing"

	"github.com/wirectl/wirectl/pkg/reactor"
)

// TestXPUB has what libzmq 4.3.4's XPUB hands over of the same.
func TestXPUB(t *testing.T) {
	b := newTable(t, reactor.Server, "socket=xpub")
	b.join(1, "Socket-Type=SUB")
	b.join(2, "Socket-Type=XSUB")
	b.take()
	b.want(b.say(1, `command SUBSCRIBE "a"`), `deliver message "\x01a"`)
	b.want(b.say(1, `command SUBSCRIBE "a"`))
	b.want(b.say(1, `message "\x01a"`))
	b.want(b.say(2, `message "\x01a"`)) // the other wants it already
	b.want(b.say(1, `command CANCEL "a"`))
	b.want(b.do("send", "a1"), "[#2] send-frames")
	b.want(b.say(2, `message "\x00a"`), `deliver message "\x00a"`)
	b.want(b.do("send", "a1"))
	b.want(b.say(1, `command CANCEL "z"`), `deliver message "\x00z"`)
	b.want(b.say(2, `message "up" "\x01s"`), `deliver message "up" "\x01s"`)
	b.want(b.say(2, `message ""`), `deliver message ""`)
	b.want(b.say(2, `message "\x01q" "up" "\x01r"`), `deliver message "\x01q"`+"\n[#2] deliver message \"up\"\n[#2] deliver message \"\\x01r\"")
	b.want(b.say(1, `command SUBSCRIBE "r"`))
	b.step(2, reactor.EOF{})
	got := b.take()
	b.want(got, `deliver message "\x00q"`+"\n[#2] close")
	b.step(1, reactor.EOF{})
	b.want(b.take(), `deliver message "\x00r"`)
}

// TestPUB forgets a topic at the first CANCEL, as libzmq does, and drops what
// is no subscription.
func TestPUB(t *testing.T) {
	b := newTable(t, reactor.Server, "socket=pub")
	b.join(1, "Socket-Type=SUB")
	b.say(1, `command SUBSCRIBE "a"`, `command SUBSCRIBE "a"`, `message "up"`, `message "\x01b" "up" "\x01c"`)
	b.want(b.do("send", "a1"), "send-frames")
	b.want(b.do("send", "c1"), "send-frames")
	b.want(b.do("send", "u1"))
	b.say(1, `command CANCEL "a"`)
	b.want(b.do("send", "a1"))
}

// TestXSUB sends each subscription, and the end of one with the last.
func TestXSUB(t *testing.T) {
	b := newTable(t, reactor.Client, "socket=xsub", "subscribe=first")
	shake := func(conn int, ready string) string {
		b.step(conn, reactor.Opened{})
		return b.say(conn, "greeting 3.1 NULL", ready)
	}
	b.want(shake(1, "command READY Socket-Type=XPUB"), `command SUBSCRIBE "first"`)
	b.want(b.do("send", `"\x01a"`), `message "\x01a"`)
	b.want(b.do("send", `"\x01a"`), `message "\x01a"`)
	b.want(b.do("subscribe", `a`))
	b.want(b.do("cancel", `a`))
	b.want(b.do("send", `"\x00a"`))
	b.want(b.do("send", `"\x00a"`), `message "\x00a"`)
	b.want(b.do("send", `"\x00a"`))
	b.want(b.do("cancel", `a`), "reject")
	b.want(b.do("send", `up stream`), `message "up" "stream"`)
	b.do("send", `"\x01z"`)
	b.want(b.say(1, `message "whatever" "x"`), `deliver message "whatever" "x"`)
	b.want(shake(2, "command READY Socket-Type=PUB"), `command SUBSCRIBE "first"`, `command SUBSCRIBE "z"`)
}

// TestProbe has an empty message go before all others.
func TestProbe(t *testing.T) {
	for _, socket := range []string{"dealer", "router", "req"} {
		b := newTable(t, reactor.Server, "socket="+socket, "probe-router=yes")
		b.step(1, reactor.Opened{})
		b.want(b.say(1, "greeting 3.1 NULL", "command READY Socket-Type=ROUTER"), `message ""`)
	}
	if newTable(t, reactor.Server, "socket=pub", "probe-router=yes").s.Fault() == nil {
		t.Error("a PUB does not probe")
	}
}
