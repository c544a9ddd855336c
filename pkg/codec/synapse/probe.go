package synapse

import (
	"bytes"
	"fmt"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Probe implements [codec.Protocol]: it reads the first lines of src. What
// stands before the first LF may be the end of a line.
func (Protocol) Probe(dir codec.Direction, src []byte) codec.Probe {
	const most = 16
	c, err := open(codec.Options{})
	if err != nil {
		return codec.Probe{}
	}
	if is, _ := looksRedis(src); is {
		return probeRedis(c, src)
	}
	good, bad, strong := 0, 0, 0
	for n := 0; n < most; n++ {
		i := bytes.IndexByte(src, '\n')
		if i < 0 {
			break
		}
		var f Frame
		switch fault := c.read(&f, src[:i+1], dir); {
		case fault != nil && (n > 0 || f.cmd >= 0):
			bad++
		case fault != nil: // perhaps the end of a line
		case f.cmd >= 0:
			good++
			if telling(&f) {
				strong++
			}
		}
		src = src[i+1:]
	}
	if good == 0 && bad == 0 {
		if sure, _ := commandAt(src); sure && len(src) <= maxLine && badUTF8(src) < 0 && tellingName(src) {
			return codec.Probe{Score: 40, Why: "begins with a command of Synapse replication"}
		}
		return codec.Probe{}
	}
	score := 0
	switch {
	case good == 0:
		return codec.Probe{}
	case bad > good:
		score = 10
	case strong > 0:
		score = min(95, 70+10*strong+2*good) / (1 + bad)
	default: // PING, NAME and ERROR are words of other protocols too
		score = min(60, 30+5*good) / (1 + bad)
	}
	why := fmt.Sprintf("%d of %d lines are commands of Synapse replication", good, good+bad)
	return codec.Probe{Score: score, Why: why}
}

// probeRedis looks for lines that Redis carries.
func probeRedis(c *Conversation, src []byte) codec.Probe {
	var f Frame
	for range 64 {
		r := redisValue{src: src, limit: c.limit}
		end := r.walk(0, 0)
		if end <= 0 {
			break
		}
		if fault := c.readRedis(&f, src[:end], &r, codec.ToServer); f.cmd >= 0 && fault == nil {
			return codec.Probe{Score: 90, Why: "Redis carries a line of Synapse replication: " + f.Type()}
		}
		src = src[end:]
	}
	return codec.Probe{}
}

// telling says whether no other protocol is likely to have the line.
func telling(f *Frame) bool {
	if f.cmd == cmdPing {
		n, _, ok := parseInt(f.part(0))
		return ok && n.fits && n.small > 1e12 && n.small < 1e13 // milliseconds since 1970
	}
	return f.cmd != cmdName && f.cmd != cmdError
}

// tellingName says whether src begins with a name that other protocols do not
// have.
func tellingName(src []byte) bool {
	i := bytes.IndexByte(src, ' ')
	if i < 0 {
		return false
	}
	n := find(src[:i])
	return n >= 0 && n != cmdName && n != cmdError && n != cmdPing
}
