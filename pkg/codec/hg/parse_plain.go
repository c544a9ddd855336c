package hg

// plainHeader reads the five parts before the payload when they are plain, as
// most are: digits, or one name. It returns where the payload begins, or 0
// when something is not plain and [parser.header] is to read them.
func (p *parser) plainHeader(text []byte) (at int) {
	request, at := digits(text, 0)
	stream, at := digits(text, at)
	streamFlags, at := plainFlag(text, at, streamFlagNames)
	if at == 0 || request > 0xffff || stream > 0xff || streamFlags > 0xff {
		return 0
	}
	typeID, at := p.dialect.plainType(text, at)
	bits, at := plainFlag(text, at, p.dialect.types[typeID].flags)
	if at == 0 || bits > 0xf {
		return 0
	}
	p.f.RequestID, p.f.StreamID, p.f.StreamFlags = uint16(request), uint8(stream), uint8(streamFlags)
	p.f.TypeID, p.f.Flags = typeID, uint8(bits)
	return at
}

// digits reads up to six digits and a blank behind them. It returns the number
// and where the next part begins, or 0 when something else stands there.
func digits(text []byte, at int) (n, next int) {
	for i := at; i < len(text) && i < at+7; i++ {
		switch c := text[i]; {
		case c-'0' <= 9:
			n = n*10 + int(c-'0')
		case c == ' ' && i > at:
			return n, i + 1
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// plainType reads the name of a type.
func (d *Dialect) plainType(text []byte, at int) (typeID uint8, next int) {
	for i := range d.types {
		if name := d.types[i].name; name != "" {
			if next := behind(text, at, name); next > 0 {
				return uint8(i), next
			}
		}
	}
	return 0, 0
}

// plainFlag reads one number or one name of a flag.
func plainFlag(text []byte, at int, names []string) (bits, next int) {
	if at == 0 || at == len(text) {
		return 0, 0
	}
	if text[at]-'0' <= 9 {
		return digits(text, at)
	}
	for i, name := range names {
		if next := behind(text, at, name); next > 0 {
			return 1 << i, next
		}
	}
	return 0, 0
}

// behind returns where the part behind name begins, if name and a blank stand at
// text[at:], or 0.
func behind(text []byte, at int, name string) int {
	end := at + len(name)
	if end < len(text) && text[end] == ' ' && string(text[at:end]) == name {
		return end + 1
	}
	return 0
}
