package capture

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Filter says whether the conversation between two ends is wanted. The
// ends may be given in either order.
type Filter func(from, to netip.AddrPort) bool

// ParseFilter reads a filter of conversations, in the words of tcpdump:
//
//	filter    alternative { "or" alternative }
//	alternative  part { ["and"] part }
//	part      "not" part | "(" filter ")" | "tcp" | "ip" | "ip6"
//	        | "host" ADDRESS | "net" PREFIX | "port" N | "portrange" N-N
//
// "&&", "||" and "!" are taken too. A host or port is that of either end;
// "src" and "dst" are refused, for a filter chooses whole conversations.
// The empty filter takes all.
func ParseFilter(text string) (Filter, error) {
	for _, s := range []string{"(", ")", "!", "&&", "||"} {
		text = strings.ReplaceAll(text, s, " "+s+" ")
	}
	p := filterParser{words: strings.Fields(text)}
	if len(p.words) == 0 {
		return nil, nil
	}
	f, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if len(p.words) > 0 {
		return nil, fmt.Errorf("filter: %q has no \"(\" before it", p.words[0])
	}
	return f, nil
}

// maxFilterDepth bounds the nesting of a filter.
const maxFilterDepth = 100

type filterParser struct{ words []string }

// take takes the next word if it is one of those.
func (p *filterParser) take(words ...string) bool {
	if len(p.words) > 0 && slices.Contains(words, p.words[0]) {
		p.words = p.words[1:]
		return true
	}
	return false
}

func (p *filterParser) alternatives(depth int) (Filter, error) {
	f, err := p.all(depth)
	for err == nil && p.take("or", "||") {
		a := f
		var b Filter
		if b, err = p.all(depth); err == nil {
			f = func(x, y netip.AddrPort) bool { return a(x, y) || b(x, y) }
		}
	}
	return f, err
}

func (p *filterParser) all(depth int) (Filter, error) {
	f, err := p.part(depth)
	for err == nil && len(p.words) > 0 && !slices.Contains([]string{"or", "||", ")"}, p.words[0]) {
		p.take("and", "&&")
		a := f
		var b Filter
		if b, err = p.part(depth); err == nil {
			f = func(x, y netip.AddrPort) bool { return a(x, y) && b(x, y) }
		}
	}
	return f, err
}

func (p *filterParser) part(depth int) (Filter, error) {
	if depth > maxFilterDepth {
		return nil, fmt.Errorf("filter: nested more than %d deep", maxFilterDepth)
	}
	switch {
	case len(p.words) == 0:
		return nil, fmt.Errorf("filter: it ends where a part such as \"port 8000\" is wanted")
	case p.take("not", "!"):
		f, err := p.part(depth + 1)
		return func(x, y netip.AddrPort) bool { return !f(x, y) }, err
	case p.take("("):
		f, err := p.alternatives(depth + 1)
		if err == nil && !p.take(")") {
			err = fmt.Errorf("filter: a \"(\" has no \")\"")
		}
		return f, err
	case p.take("tcp"):
		return func(_, _ netip.AddrPort) bool { return true }, nil
	case p.take("ip"):
		return func(x, _ netip.AddrPort) bool { return x.Addr().Is4() }, nil
	case p.take("ip6"):
		return func(x, _ netip.AddrPort) bool { return x.Addr().Is6() }, nil
	}
	word := p.words[0]
	p.words = p.words[1:]
	switch word {
	case "host", "net", "port", "portrange":
	case "src", "dst":
		return nil, fmt.Errorf("filter: %q is not taken: a filter chooses whole conversations, with both directions", word)
	default:
		return nil, fmt.Errorf("filter: %q is none of tcp, ip, ip6, host, net, port, portrange, not, and, or", word)
	}
	if len(p.words) == 0 {
		return nil, fmt.Errorf("filter: %q wants a value after it", word)
	}
	value := p.words[0]
	p.words = p.words[1:]
	one, err := primitive(word, value)
	if err != nil {
		return nil, fmt.Errorf("filter: %s %q: %w", word, value, err)
	}
	return func(x, y netip.AddrPort) bool { return one(x) || one(y) }, nil
}

// primitive returns the test of one end.
func primitive(word, value string) (func(netip.AddrPort) bool, error) {
	switch word {
	case "host":
		a, err := netip.ParseAddr(value)
		return func(x netip.AddrPort) bool { return x.Addr() == a.Unmap() }, err
	case "net":
		n, err := netip.ParsePrefix(value)
		return func(x netip.AddrPort) bool { return n.Contains(x.Addr()) }, err
	}
	low, high, ranged := strings.Cut(value, "-")
	if !ranged || word == "port" {
		low, high = value, value
	}
	a, err := strconv.ParseUint(low, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("a port is a number from 0 to 65535")
	}
	b, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("a port is a number from 0 to 65535")
	}
	return func(x netip.AddrPort) bool { return uint64(x.Port()) >= a && uint64(x.Port()) <= b }, nil
}
