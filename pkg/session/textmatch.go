package session

import "strings"

// A textMatch holds a text against a template whose variables have their
// values.
type textMatch struct {
	parts []part
	text  string
	neat  bool // holes take whole values only
	depth []int
	fails map[[2]int]bool
	tries int
	ends  []int // of the parts that are holes, when it matches
	far   int   // how much of the text matched at most
}

// maxTries bounds the work for one match.
const maxTries = 1 << 20

// matchText returns what the holes stand for, one for each part; literals have
// "". With neat a hole takes whole values only: what has its brackets and
// quotation marks, and within brackets no comma. Far is how much of the text
// matched when all of it does not.
func matchText(parts []part, text string, neat bool) (holes []string, far int, ok bool) {
	m := textMatch{parts: parts, text: text, neat: neat, fails: map[[2]int]bool{}, ends: make([]int, len(parts))}
	m.depth = depths(parts)
	if !m.match(0, 0) {
		return nil, m.far, false
	}
	holes = make([]string, len(parts))
	at := 0
	for i, p := range parts {
		if p.kind == hole {
			holes[i] = text[at:m.ends[i]]
		}
		at = m.ends[i]
	}
	return holes, len(text), true
}

// match holds the text from an offset on against the parts from i on.
func (m *textMatch) match(i, at int) bool {
	if at > m.far {
		m.far = at
	}
	if i == len(m.parts) {
		return at == len(m.text)
	}
	if m.tries++; m.tries > maxTries || m.fails[[2]int{i, at}] {
		return false
	}
	p := &m.parts[i]
	if p.kind != hole {
		if strings.HasPrefix(m.text[at:], p.text) {
			m.ends[i] = at + len(p.text)
			if m.match(i+1, m.ends[i]) {
				return true
			}
		} else {
			m.far = max(m.far, at+commonPrefix(m.text[at:], p.text))
		}
	} else if m.hole(i, at) {
		return true
	}
	m.fails[[2]int{i, at}] = true
	return false
}

// hole tries the texts that the hole i may stand for, the short ones first.
func (m *textMatch) hole(i, at int) bool {
	p := &m.parts[i]
	v := value{quoted: p.quoted, inside: m.depth[i] > 0}
	last := i == len(m.parts)-1
	neat := m.neat && (!last || v.quoted || v.inside) // else it is what is left, values or not
	for end := at; end <= len(m.text); end++ {
		if m.tries++; m.tries > maxTries {
			return false
		}
		if end > at && neat && !v.take(m.text[end-1]) {
			return false
		}
		if neat && !v.whole() || last && end < len(m.text) {
			continue
		}
		if next := i + 1; !last && m.parts[next].kind != hole && !strings.HasPrefix(m.text[end:], m.parts[next].text) {
			continue
		}
		if p.pattern != nil && p.pattern.re != nil {
			m.tries += (end - at) / 64 // that is work as well
		}
		if !p.pattern.takes(m.text[at:end]) {
			continue
		}
		if m.ends[i] = end; m.match(i+1, end) {
			return true
		}
	}
	return false
}

// A value is one that is being read, in the way of most notations of values.
type value struct {
	quoted  bool // it stands between quotation marks
	inside  bool // it stands within brackets, where a comma ends it
	depth   int
	quote   byte
	escaped bool
}

// take reads one more byte and says false when the value cannot have it.
func (v *value) take(c byte) bool {
	switch {
	case v.escaped:
		v.escaped = false
	case c == '\\':
		v.escaped = true
	case v.quoted:
		return c != '"'
	case v.quote != 0:
		if c == v.quote {
			v.quote = 0
		}
	case c == '"':
		v.quote = c
	case strings.IndexByte("([{", c) >= 0:
		v.depth++
	case strings.IndexByte(")]}", c) >= 0:
		v.depth--
		return v.depth >= 0
	case c == ',':
		return v.depth > 0 || !v.inside
	}
	return true
}

// whole says whether a value may end here.
func (v *value) whole() bool { return v.depth == 0 && v.quote == 0 && !v.escaped }

// depths says of each part within how many brackets it begins.
func depths(parts []part) []int {
	d := make([]int, len(parts))
	depth, quote, escaped := 0, false, false
	for i, p := range parts {
		d[i] = depth
		if p.kind == hole {
			continue
		}
		for _, c := range []byte(p.text) {
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				quote = !quote
			case quote:
			case strings.IndexByte("([{", c) >= 0:
				depth++
			case strings.IndexByte(")]}", c) >= 0:
				depth--
			}
		}
	}
	return d
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
