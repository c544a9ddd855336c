package msgq

import (
	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

const (
	dialectJSON = "json"
	dialectSkan = "skan"
)

// Protocol implements [codec.Protocol].
type Protocol struct{}

var info = codec.Info{
	Name:  "msgq",
	Title: "BIND 10 message queue (CC protocol)",
	Dialects: []codec.Dialect{
		{Name: dialectJSON, Aliases: []string{"bind10"}, Title: "JSON header and body, since 2010-06"},
		{Name: dialectSkan, Aliases: []string{"legacy"}, Title: `binary header and body that begin with "Skan", until 2010-06`},
	},
	Ports: []uint16{9912},
	Deviations: []codec.Deviation{
		{Name: "total", Value: "the total length, 0 to 4294967295"},
		{Name: "header-length", Value: "the header length, 0 to 65535"},
	},
}

// Info implements [codec.Protocol].
func (Protocol) Info() *codec.Info { return &info }

// Open implements [codec.Protocol]. Without a dialect every header tells its
// own.
func (Protocol) Open(o codec.Options) (codec.Conversation, error) {
	only, err := dialect(o)
	if err != nil {
		return nil, err
	}
	c := &conversation{dialect: only}
	if only != "" {
		c.why = "asked for"
	}
	depth := o.NestingLimit()
	d := decoder{c: c, only: only, limit: o.FrameLimit(), depth: depth, headers: o.Headers, checks: jsonv.Options{Allow: jsonv.Python, MaxDepth: depth}}
	c.to, c.from = d, d
	c.to.dir, c.from.dir = codec.ToServer, codec.ToClient
	return c, nil
}

// dialect returns the name of the dialect that o asks for.
func dialect(o codec.Options) (string, error) {
	if o.Dialect == "" {
		return "", nil
	}
	d, err := info.Dialect(o.Dialect)
	return d.Name, err
}

// Probe implements [codec.Protocol].
func (Protocol) Probe(_ codec.Direction, src []byte) codec.Probe {
	d := decoder{limit: codec.DefaultMaxFrame, depth: codec.DefaultMaxNesting, checks: jsonv.Options{Allow: jsonv.Python}}
	v, n := d.frameAt(src)
	switch {
	case v == isFrame && hasType(src[prefixSize:n]):
		return codec.Probe{Score: 98, Why: "two lengths that fit, and a header with a type"}
	case v == isFrame:
		return codec.Probe{Score: 70, Why: "two lengths that fit, and a JSON object"}
	case v == cannotTell && len(src) > prefixSize && hasType(src[prefixSize:]):
		return codec.Probe{Score: 90, Why: "lengths that make sense, and a header with a type"}
	case v == cannotTell && len(src) > prefixSize:
		return codec.Probe{Score: 50, Why: "lengths that make sense, and the beginning of a JSON object"}
	}
	const enough = 64 << 10 // a capture that begins inside a long frame is not worth more
	src = src[:min(len(src), enough)]
	if at, ok := d.Sync(src, false); ok {
		if _, n := d.frameAt(src[at:]); hasType(src[at+prefixSize : at+n]) {
			return codec.Probe{Score: 80, Why: "frames follow each other further on"}
		}
	}
	return codec.Probe{}
}

// hasType says whether the header at the front of src has a type that is
// known, as far as src goes.
func hasType(src []byte) bool {
	if isSkan(src) {
		return true
	}
	for key, value := range jsonv.Members(src) {
		if !jsonv.EqualText(key, "type") {
			continue
		}
		for _, t := range types {
			if jsonv.EqualText(value, t.name) {
				return true
			}
		}
	}
	return false
}
