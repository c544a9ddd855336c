package decode

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/http1"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// A Rule says which protocol conversations of a TCP port speak.
type Rule struct {
	Port     uint16
	Protocol string
}

// ParseRule reads "tcp.port==N,PROTOCOL".
func ParseRule(text string) (Rule, error) {
	where, name, ok := strings.Cut(text, ",")
	port, isPort := strings.CutPrefix(strings.ReplaceAll(where, " ", ""), "tcp.port==")
	n, err := strconv.ParseUint(port, 10, 16)
	if !ok || !isPort || err != nil {
		return Rule{}, fmt.Errorf("%q is no rule, such as tcp.port==8100,zeo", text)
	}
	if _, err := registry.Lookup(name); err != nil {
		return Rule{}, err
	}
	return Rule{uint16(n), name}, nil
}

const (
	// probeSize is how many bytes of a direction are looked at.
	probeSize = 4 << 10
	// sure is a score that needs no second opinion.
	sure = 90
	// likely is the least score that settles a protocol.
	likely = 40
	// enough is how many bytes of a direction make its score count.
	enough = 16
)

// decide chooses the protocol if the first bytes allow it, or if it must.
func (f *flow) decide(must bool) {
	if f.waits == 0 && !must {
		return
	}
	if f.mayBeHTTP() {
		switch f.looksHTTP(must) {
		case http1.Yes:
			f.browse()
			return
		case http1.Maybe:
			return
		}
	}
	if f.s.fixed != nil {
		f.choose(f.s.fixed, asked)
		return
	}
	if p, why := f.byRule(); p != nil {
		f.choose(p, why)
		return
	}
	p, score, why, more := f.byBytes()
	full := f.waits >= 2*probeSize || len(f.heads[0]) >= enough && len(f.heads[1]) >= enough
	switch {
	case more && !must && f.waits < 2*probeSize:
		return
	case score >= sure, score >= likely && (must || full):
		f.choose(p, why)
		return
	case !must && f.waits < 2*probeSize:
		return
	}
	if p, why := f.byPort(); p != nil {
		f.choose(p, why)
		return
	}
	if f.waits == 0 {
		f.giveUp("nothing was sent")
		return
	}
	f.giveUp(f.looksLike())
}

// looksLike says what else the first bytes are.
func (f *flow) looksLike() string {
	for i, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
		if name, why := capture.Identify(d, f.heads[i]); name != "" {
			return "looks like " + name + ": " + why
		}
	}
	return "its first bytes are unknown"
}

// mayBeHTTP says whether the conversation may carry frames in HTTP: it is one
// of TCP, and the protocol, if that is known, has a media type.
func (f *flow) mayBeHTTP() bool {
	if f.s.fixed != nil && len(f.s.fixed.Info().MediaTypes) == 0 {
		return false
	}
	return f.conn.Client.Addr.IsValid() || f.conn.Server.Addr.IsValid()
}

// looksHTTP judges the first bytes; when it must, it does not want more.
func (f *flow) looksHTTP(must bool) http1.Verdict {
	verdict := http1.No
	for i, d := range []codec.Direction{codec.ToServer, codec.ToClient} {
		if len(f.heads[i]) > 0 {
			verdict = max(verdict, http1.Probe(d, f.heads[i]))
		}
	}
	if verdict == http1.Maybe && (must || f.waits >= 2*probeSize) {
		return http1.No
	}
	return verdict
}

// byRule follows the rules that the caller gave.
func (f *flow) byRule() (codec.Protocol, string) {
	for _, r := range f.s.o.Rules {
		if f.hasPort(r.Port) {
			p, err := registry.Lookup(r.Protocol)
			if err == nil {
				return p, fmt.Sprintf("tcp.port==%d", r.Port)
			}
		}
	}
	return nil, ""
}

// byBytes asks the protocols what they think of the first bytes.
// more says that it is better to wait for more of them.
func (f *flow) byBytes() (best codec.Protocol, score int, why string, more bool) {
	for _, p := range registry.All() {
		a := p.Probe(codec.ToServer, f.heads[0])
		b := p.Probe(codec.ToClient, f.heads[1])
		n, reason := a.Score, a.Why
		if b.Score > n {
			n, reason = b.Score, b.Why
		}
		// A direction that speaks against it counts as much as one for it.
		if len(f.heads[0]) >= enough && a.Score == 0 || len(f.heads[1]) >= enough && b.Score == 0 {
			n /= 2
		}
		if n > score {
			best, score, why = p, n, reason
			// One that says nothing does not keep the other from wanting more.
			more = (a.More || a.Score == 0) && (b.More || b.Score == 0)
		}
	}
	return best, score, why, more
}

// byPort takes a protocol by a port that it is known to use.
func (f *flow) byPort() (codec.Protocol, string) {
	for _, p := range registry.All() {
		for _, port := range p.Info().Ports {
			if f.hasPort(port) {
				return p, fmt.Sprintf("port %d", port)
			}
		}
	}
	return nil, ""
}

func (f *flow) hasPort(port uint16) bool {
	for _, e := range []capture.Endpoint{f.conn.Client, f.conn.Server} {
		if e.Addr.IsValid() && e.Addr.Port() == port {
			return true
		}
	}
	return false
}
