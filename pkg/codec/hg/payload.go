package hg

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// An Argument is the payload of a command-argument frame:
//
//	u16 length of name │ u16 length of value │ name │ value
//
// The value may go on in further frames; see Frame.Rest.
type Argument struct {
	Name   []byte // never cut
	Value  []byte // as much of it as stands in this frame
	Length int    // of the whole value, at least len(Value)
}

var errCutName = errors.New("the argument's name is cut")

// ParseArgument reads the payload of the first frame of an argument. What it
// returns shares p's memory.
func ParseArgument(p []byte) (Argument, error) {
	if len(p) < 4 {
		return Argument{}, fmt.Errorf("an argument begins with 4 octets of lengths, not %d", len(p))
	}
	name, value := int(binary.LittleEndian.Uint16(p)), int(binary.LittleEndian.Uint16(p[2:]))
	p = p[4:]
	if len(p) < name {
		return Argument{}, errCutName
	}
	if len(p)-name > value {
		return Argument{}, fmt.Errorf("%d octets stand behind the argument's value", len(p)-name-value)
	}
	return Argument{Name: p[:name:name], Value: p[name:], Length: value}, nil
}

// appendTo appends the payload. Name and value are at most 65535 bytes.
func (a Argument) appendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(a.Name)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(a.Length))
	dst = append(dst, a.Name...)
	return append(dst, a.Value...)
}

// An Atom is a piece of the payload of a text-output frame: a format in which
// each %s stands for an argument and %% for a percent sign, labels for it,
// and the arguments.
//
//	u16 length of format │ u8 labels │ u8 arguments │
//	u8 length of each label │ u16 length of each argument │
//	format (UTF-8) │ labels (ASCII) │ arguments (UTF-8)
type Atom struct {
	Format []byte
	Labels [][]byte
	Args   [][]byte
}

// An atomView is an atom in place: nothing of it is copied.
type atomView struct {
	format    []byte
	labelLens []byte // u8 each
	argLens   []byte // u16 each
	body      []byte // labels and arguments
}

// parseAtom reads the atom at the front of p and returns its length.
func parseAtom(p []byte) (v atomView, n int, err error) {
	if len(p) < 4 {
		return v, 0, fmt.Errorf("an atom begins with 4 octets, not %d", len(p))
	}
	format, labels, args := int(binary.LittleEndian.Uint16(p)), int(p[2]), int(p[3])
	n = 4 + labels + 2*args
	if len(p) < n {
		return v, 0, errors.New("the lengths of an atom's labels and arguments are cut")
	}
	v.labelLens, v.argLens = p[4:4+labels], p[4+labels:n]
	body := 0
	for _, l := range v.labelLens {
		body += int(l)
	}
	for i := range args {
		body += v.argLen(i)
	}
	if len(p)-n < format+body {
		return v, 0, fmt.Errorf("an atom of %d octets is cut after %d", n+format+body, len(p))
	}
	v.format = p[n : n+format]
	v.body = p[n+format : n+format+body]
	return v, n + format + body, nil
}

func (v *atomView) argLen(i int) int { return int(binary.LittleEndian.Uint16(v.argLens[2*i:])) }

// ParseAtoms reads the payload of a text-output frame. What it returns shares
// p's memory.
func ParseAtoms(p []byte) ([]Atom, error) {
	if err := checkAtoms(p); err != nil {
		return nil, err
	}
	var atoms []Atom
	for len(p) > 0 {
		v, n, _ := parseAtom(p)
		a, body := Atom{Format: v.format}, v.body
		for _, l := range v.labelLens {
			a.Labels = append(a.Labels, body[:l])
			body = body[l:]
		}
		for i := range len(v.argLens) / 2 {
			a.Args = append(a.Args, body[:v.argLen(i)])
			body = body[v.argLen(i):]
		}
		atoms, p = append(atoms, a), p[n:]
	}
	return atoms, nil
}

// appendTo appends the atom. Its lengths must fit their fields.
func (a *Atom) appendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(a.Format)))
	dst = append(dst, byte(len(a.Labels)), byte(len(a.Args)))
	for _, l := range a.Labels {
		dst = append(dst, byte(len(l)))
	}
	for _, arg := range a.Args {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(arg)))
	}
	dst = append(dst, a.Format...)
	for _, l := range a.Labels {
		dst = append(dst, l...)
	}
	for _, arg := range a.Args {
		dst = append(dst, arg...)
	}
	return dst
}

// check returns an error when a length does not fit its field. The words are
// those of the reference.
func (a *Atom) check() error {
	switch {
	case len(a.Args) > 255:
		return errors.New("cannot use more than 255 formatting arguments")
	case len(a.Labels) > 255:
		return errors.New("cannot use more than 255 labels")
	case len(a.Format) > 65535:
		return errors.New("formatting string cannot be longer than 64k")
	}
	for _, arg := range a.Args {
		if len(arg) > 65535 {
			return errors.New("argument string cannot be longer than 64k")
		}
	}
	for _, l := range a.Labels {
		if len(l) > 255 {
			return errors.New("label string cannot be longer than 255 bytes")
		}
	}
	return nil
}

// checkAtoms says whether p is one or more whole atoms.
func checkAtoms(p []byte) error {
	if len(p) == 0 {
		return errors.New("text-output without an atom")
	}
	for at := 0; at < len(p); {
		_, n, err := parseAtom(p[at:])
		if err != nil {
			return fmt.Errorf("octet %d: %w", at, err)
		}
		at += n
	}
	return nil
}

// Settings is the payload of a stream-settings frame:
//
//	u8 length of profile │ profile (ASCII) │ data
type Settings struct{ Profile, Data []byte }

// ParseSettings reads the payload of a stream-settings frame. What it returns
// shares p's memory.
func ParseSettings(p []byte) (Settings, error) {
	if len(p) == 0 {
		return Settings{}, errors.New("stream-settings without the length of a profile's name")
	}
	n := int(p[0])
	if len(p)-1 < n {
		return Settings{}, fmt.Errorf("the profile's name of %d octets is cut", n)
	}
	return Settings{Profile: p[1 : 1+n : 1+n], Data: p[1+n:]}, nil
}
