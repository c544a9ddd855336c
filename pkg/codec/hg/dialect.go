package hg

import (
	"math/bits"
	"strconv"
	"sync"
)

// A Dialect is one meaning of types and flags.
type Dialect struct {
	Name  string
	types [16]typeInfo

	once    sync.Once // for these, by octet 7 of a header
	heads   [256]string
	members [256]string
}

// head returns how the text of a type and its flags goes, with a blank at the
// end. It is empty for a type without a name, and for flags over 15.
func (d *Dialect) head(typeID, flags uint8) string {
	d.once.Do(d.makeHeads)
	if flags > 15 {
		return ""
	}
	return d.heads[typeID<<4|flags]
}

// member is head for JSON: the members of type and flags.
func (d *Dialect) member(typeID, flags uint8) string {
	d.once.Do(d.makeHeads)
	if flags > 15 {
		return ""
	}
	return d.members[typeID<<4|flags]
}

func (d *Dialect) makeHeads() {
	for i := range d.heads {
		if t := &d.types[i>>4]; t.name != "" {
			flags := uint8(i) & 0xf
			d.heads[i] = t.name + " " + string(append(appendFlags(nil, flags, t.flags), ' '))
			d.members[i] = `,"type":"` + t.name + `","flags":` + string(appendFlagsJSON(nil, flags, t.flags))
		}
	}
}

// typeInfo describes a type of frame.
type typeInfo struct {
	name  string   // "" for a number that has no type
	flags []string // names of bit 0, bit 1, …
	mask  uint8    // the bits that have a name, which flags says too
	form  form     // what the payload is
}

// A form is the layout of a payload.
type form uint8

const (
	formBytes    form = iota // opaque
	formName                 // a command's name
	formArgument             // a command's argument
	formAtoms                // formatted text
	formSettings             // a profile's name and data
	formMessage              // text for people
	formCBOR                 // CBOR items, cut over frames anywhere
)

// Types of the seed dialect.
const (
	TypeCommandName     = 1
	TypeCommandArgument = 2
	TypeCommandData     = 3
	TypeBytesResponse   = 4
	TypeErrorResponse   = 5
	TypeTextOutput      = 6
	TypeStreamSettings  = 8
)

// Flags of a stream, in octet 6. The other bits are reserved.
const (
	StreamBegin   = 0x01 // the first frame of its stream
	StreamEnd     = 0x02 // the last frame of its stream
	StreamEncoded = 0x04 // the payload went through the stream's encoding
)

// Flags of the seed dialect's frames.
const (
	CommandNameEOS             = 0x01 // nothing follows
	CommandNameHaveArgs        = 0x02 // command-argument frames follow
	CommandNameHaveData        = 0x04 // command-data frames follow
	CommandArgumentContinue    = 0x01 // the value goes on in the next frame
	CommandArgumentEOA         = 0x02 // the last argument
	DataContinuation           = 0x01 // more data follows (command-data, bytes-response)
	DataEOS                    = 0x02 // the last data (command-data, bytes-response)
	ErrorResponseProtocol      = 0x01 // the protocol was broken: the connection should close
	ErrorResponseApplication   = 0x02 // the command failed
	streamFlagsMask            = 0x07
	unnegotiatedPayloadMaximum = 0xffff
)

var streamFlagNames = []string{"stream-begin", "stream-end", "encoded"}

// streamFlagTexts is how the flags of a stream go in a text, between blanks.
var streamFlagTexts = [streamFlagsMask + 1]string{
	" 0 ", " stream-begin ", " stream-end ", " stream-begin|stream-end ",
	" encoded ", " stream-begin|encoded ", " stream-end|encoded ", " stream-begin|stream-end|encoded ",
}

var seed = &Dialect{Name: "seed", types: [16]typeInfo{
	TypeCommandName:     {name: "command-name", form: formName, flags: []string{"eos", "have-args", "have-data"}, mask: 7},
	TypeCommandArgument: {name: "command-argument", form: formArgument, flags: []string{"continuation", "eoa"}, mask: 3},
	TypeCommandData:     {name: "command-data", flags: []string{"continuation", "eos"}, mask: 3},
	TypeBytesResponse:   {name: "bytes-response", flags: []string{"continuation", "eos"}, mask: 3},
	TypeErrorResponse:   {name: "error-response", form: formMessage, flags: []string{"protocol", "application"}, mask: 3},
	TypeTextOutput:      {name: "text-output", form: formAtoms},
	TypeStreamSettings:  {name: "stream-settings", form: formSettings},
}}

// typeName returns the name of type n, or its number.
func (d *Dialect) typeName(n uint8) string {
	if name := d.types[n].name; name != "" {
		return name
	}
	return "unknown-" + strconv.Itoa(int(n))
}

// typeNames lists the names of the known types in the order of their numbers.
func (d *Dialect) typeNames() []string {
	var names []string
	for _, t := range d.types {
		if t.name != "" {
			names = append(names, t.name)
		}
	}
	return names
}

// typeNumber returns the number of the type of that name.
func (d *Dialect) typeNumber(name string) (uint8, bool) {
	for i := range d.types {
		if d.types[i].name == name && name != "" {
			return uint8(i), true
		}
	}
	return 0, false
}

// streamFlagMembers is streamFlagTexts for JSON.
var streamFlagMembers = [streamFlagsMask + 1]string{
	`,"stream_flags":[]`, `,"stream_flags":["stream-begin"]`,
	`,"stream_flags":["stream-end"]`, `,"stream_flags":["stream-begin","stream-end"]`,
	`,"stream_flags":["encoded"]`, `,"stream_flags":["stream-begin","encoded"]`,
	`,"stream_flags":["stream-end","encoded"]`, `,"stream_flags":["stream-begin","stream-end","encoded"]`,
}

// appendFlags appends the names of the bits in ascending order, joined by
// "|", and the bits that have no name as one number at the end.
func appendFlags(dst []byte, set uint8, names []string) []byte {
	if set == 0 {
		return append(dst, '0')
	}
	if i := bits.TrailingZeros8(set); set&(set-1) == 0 && i < len(names) { // mostly it is one
		return append(dst, names[i]...)
	}
	start := len(dst)
	for i, name := range names {
		if set&(1<<i) != 0 {
			if len(dst) > start {
				dst = append(dst, '|')
			}
			dst = append(dst, name...)
			set &^= 1 << i
		}
	}
	if set != 0 {
		if len(dst) > start {
			dst = append(dst, '|')
		}
		dst = strconv.AppendUint(dst, uint64(set), 10)
	}
	return dst
}
