package hg

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// Protocol is the hg protocol.
type Protocol struct{}

var info = codec.Info{
	Name:  "hg",
	Title: "Mercurial's frame-based wire protocol",
	Dialects: []codec.Dialect{
		{Name: "seed", Aliases: []string{"r37304", "exp-http-v2-0001", "0002"}, Title: "revision r37304 of 2018: raw bytes and structs"},
		{Name: "final", Aliases: []string{"5.8.1", "exp-http-v2-0003", "0006"}, Title: "releases up to 5.8.1: CBOR, encoded streams"},
	},
	MediaTypes: []codec.MediaType{
		{Type: "application/mercurial-exp-framing-0002", Dialect: "seed"},
		{Type: "application/mercurial-exp-framing-0006", Dialect: "final"},
	},
	Deviations: []codec.Deviation{{Name: "type"}, {Name: "length", Value: "N"}},
}

// Info implements [codec.Protocol].
func (Protocol) Info() *codec.Info { return &info }

// nothingSays is why a dialect is the default.
const nothingSays = "nothing says otherwise"

// choose returns the dialect that o asks for, and why.
func choose(o codec.Options) (*Dialect, string, error) {
	if o.Dialect != "" {
		d, err := info.Dialect(o.Dialect)
		return dialectOf(d.Name), "asked for", err
	}
	for _, m := range info.MediaTypes {
		if m.Type == o.MediaType {
			return dialectOf(m.Dialect), "the media type is " + m.Type, nil
		}
	}
	return seed, nothingSays, nil
}

// dialectOf returns the dialect of that name, nil for another.
func dialectOf(name string) *Dialect {
	switch name {
	case seed.Name:
		return seed
	case final.Name:
		return final
	}
	return nil
}

// Open implements [codec.Protocol].
func (Protocol) Open(o codec.Options) (codec.Conversation, error) {
	d, why, err := choose(o)
	if err != nil {
		return nil, err
	}
	c := &conversation{dialect: d, why: why, settled: why != nothingSays, compat: o.Compat, account: o.Account}
	for i := range c.dirs {
		c.dirs[i] = Decoder{limit: o.FrameLimit(), most: -1, c: c, in: inbound{lim: cbor.Limits{Depth: o.NestingLimit()}}}
	}
	return c, nil
}

// Parser implements [codec.Protocol].
func (Protocol) Parser(o codec.Options) (codec.Parser, error) {
	d, why, err := choose(o)
	if err != nil {
		return nil, err
	}
	return &parser{
		dialect: d, open: why == nothingSays, compat: o.Compat, readFile: o.ReadFile,
		lim: cbor.Limits{Depth: max(o.NestingLimit(), codec.DefaultMaxNesting)},
	}, nil
}

// Probe implements [codec.Protocol]. A header has no magic number, so only
// frames in a row say anything.
func (Protocol) Probe(dir codec.Direction, src []byte) codec.Probe {
	c, _ := Protocol{}.Open(codec.Options{})
	d := c.Decoder(dir).(*Decoder)
	var f Frame
	frames := 0
	for len(src) >= HeaderLen {
		n := f.parseHeader(src)
		if _, mask := d.c.typeInfo(f.TypeID); !d.plausible(&f, n) || f.Flags&^mask != 0 {
			return codec.Probe{}
		}
		if frames == 0 && (f.StreamFlags&StreamBegin == 0 || f.StreamID%2 == 1 != (dir == codec.ToServer)) {
			return codec.Probe{}
		}
		frames++
		if len(src)-HeaderLen < n {
			break
		}
		src = src[HeaderLen+n:]
	}
	if frames == 0 {
		return codec.Probe{}
	}
	return codec.Probe{Score: min(40+20*frames, 90), Why: fmt.Sprintf("%d frame headers in a row, the first with stream-begin", frames)}
}

// ExplainValue implements [codec.ValueExplainer] for octet 7 of a header,
// which holds type and flags.
func (Protocol) ExplainValue(dialect, value string) (string, bool) {
	n, err := strconv.ParseUint(value, 0, 8)
	if err != nil {
		return "", false
	}
	d, _, err := choose(codec.Options{Dialect: dialect})
	if err != nil {
		return "", false
	}
	typeID, bits := uint8(n>>4), uint8(n&0xf)
	t := &d.types[typeID]
	text := fmt.Sprintf("%#02x as octet 7 of a header, %s dialect\n\n", n, d.Name)
	text += fmt.Sprintf("  type   %-3d %s\n", typeID, d.typeName(typeID))
	text += fmt.Sprintf("  flags  %-3d %s\n", bits, appendFlags(nil, bits, t.flags))
	if t.name == "" {
		text += fmt.Sprintf("\nThe dialect has no type %d. To send it all the same: !type 1 1 0 %d %d …\n", typeID, typeID, bits)
	} else if odd := bits &^ t.mask; odd != 0 {
		text += fmt.Sprintf("\nThe flags %#x have no meaning on %s.\n", odd, t.name)
	}
	return text, true
}
