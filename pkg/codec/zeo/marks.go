package zeo

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// deviations are the marks that may stand before a text.
var deviations = []codec.Deviation{
	{Name: "encoding", Value: "p1, p3 or msgpack, where it is not the dialect's"},
	{Name: "flag", Value: "the message's flag, where it is not the dialect's: False, True or a number"},
	{Name: "mac", Value: "the message's MAC, 40 hexadecimal digits"},
	{Name: "length", Value: "a length that is not the body's"},
}

// marks are the deviations of a text.
type marks struct {
	encoding    Encoding
	hasEncoding bool
	flag        flag
	hasFlag     bool
	mac         []byte
	length      uint32
	hasLength   bool
}

// deviations reads the marks before the text.
func (p *parser) deviations(t codec.Text) error {
	p.marks = marks{}
	for _, d := range t.Deviations {
		fail := func(format string, args ...any) error {
			return &codec.TextError{Start: d.Pos, End: d.Pos + 1 + len(d.Name), Field: "!" + d.Name, Message: fmt.Sprintf(format, args...)}
		}
		switch d.Name {
		case "encoding":
			p.marks.hasEncoding = true
			switch d.Value {
			case "p1":
				p.marks.encoding = P1
			case "p3":
				p.marks.encoding = P3
			case "msgpack":
				p.marks.encoding = Msgpack
			default:
				return lex.UnknownName("encoding", d.Value, d.Pos, d.Pos+2+len(d.Name)+len(d.Value), encodingNames)
			}
		case "flag":
			p.marks.hasFlag = true
			switch d.Value {
			case "False":
				p.marks.flag = flagFalse
			case "True":
				p.marks.flag = flagTrue
			default:
				n, err := strconv.ParseInt(d.Value, 10, 64)
				if err != nil {
					return fail("%q is neither False nor True nor a number", d.Value)
				}
				p.marks.flag = flag{true, n}
			}
		case "mac":
			mac, err := lex.Hex(nil, []byte(d.Value))
			if err != nil || len(mac) != macSize {
				return fail("%q is no MAC of %d hexadecimal digits", d.Value, 2*macSize)
			}
			p.marks.mac = mac
		case "length":
			n, err := strconv.ParseUint(d.Value, 0, 32)
			if err != nil {
				return fail("%q is no number of four bytes", d.Value)
			}
			p.marks.hasLength, p.marks.length = true, uint32(n)
		default:
			names := make([]string, len(deviations))
			for i := range deviations {
				names[i] = deviations[i].Name
			}
			return lex.UnknownName("deviation", d.Name, d.Pos, d.Pos+1+len(d.Name), names)
		}
	}
	return nil
}
