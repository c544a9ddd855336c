package session

import (
	"slices"
	"strconv"
	"strings"
)

// strings holds strings in which holes stand against what is there.
func (m *matching) strings(s *shape, got any) {
	for _, key := range s.order() {
		sp := s.spots[key]
		v, _ := lookup(s.tree, sp.at)
		want, ok := plainText(v)
		if !ok || !s.holds(sp) || len(sp.holes) == 1 && want == bare(s.x.texts[sp.holes[0]]) || m.ignored(sp.at) {
			continue
		}
		value, is := lookup(got, sp.at)
		text, ok := plainText(value)
		if ok {
			_, ok = m.within(s, want, text, sp.holes[0])
		}
		if is && !ok {
			m.res.Diffs = append(m.res.Diffs, Diff{Path: sp.at, Want: m.unfilled(s, textOf(v, true)), Got: textOf(value, true)})
		}
	}
}

// unfilled puts holes back into the text of a value.
func (m *matching) unfilled(s *shape, text string) string {
	for i := range m.parts {
		if p := &m.parts[i]; p.kind == hole {
			source := s.f.t.source(m.e.Text, p)
			if q := strconv.Quote(bare(s.x.texts[i])); !p.quoted && text == q {
				return source
			}
			if strings.Contains(s.x.texts[i], "zqa") {
				text = strings.ReplaceAll(text, bare(s.x.texts[i]), source)
			}
		}
	}
	return text
}

// holes holds the values of the holes against their patterns and returns
// their texts.
func (m *matching) holes(s *shape, got any) []string {
	texts := make([]string, len(m.parts))
	for i, p := range m.parts {
		if p.kind != hole || p.text == "" && p.pattern == nil {
			continue
		}
		text, at, ok := m.hole(s, i, got)
		if !ok {
			if p.text == "" && p.pattern.re == nil {
				continue
			}
			m.res.Diffs = append(m.res.Diffs, Diff{Path: at, Want: s.f.t.source(m.e.Text, &p), Got: text, Kind: missingIf(text == "")})
			continue
		}
		texts[i] = text
	}
	return texts
}

func missingIf(b bool) DiffKind {
	if b {
		return Missing
	}
	return Differs
}

// hole finds the text that a hole stands for. When its pattern does not take
// it, or there is none, it says false and where that is.
func (m *matching) hole(s *shape, i int, got any) (text string, at Path, ok bool) {
	for _, key := range s.order() {
		sp := s.spots[key]
		if !slices.Contains(sp.holes, i) {
			continue
		}
		at = sp.at
		value, is := lookup(got, sp.at)
		if !is {
			return "", at, false
		}
		for _, text := range m.candidates(s, sp, i, value) {
			texts := slices.Clone(s.x.texts)
			texts[i] = text
			f, err := s.f.frame(s.f.with(texts))
			if err != nil {
				continue
			}
			made, _ := lookup(treeOf(f), sp.at)
			if !equal(made, value) && len(sp.holes) == 1 {
				continue
			}
			if p := m.parts[i].pattern; !p.takes(text) && !p.takes(bare(text)) {
				return textOf(value, true), at, false
			}
			return text, at, true
		}
	}
	// It is nowhere to be seen in the fields: the text alone can tell.
	if texts, _, ok := matchText(m.parts, m.text, false); ok {
		return texts[i], at, true
	}
	v, is := lookup(got, at)
	return textOf(v, is && len(at) > 0), at, false
}

// maxPieces is how many pieces of a frame's text are tried for one hole.
const maxPieces = 100

// candidates lists texts from which the value may be made: pieces of the
// frame's own text, and then what texts of such values look like.
func (m *matching) candidates(s *shape, sp spot, i int, v any) []string {
	if v, ok := plainText(v); ok {
		if want, _ := lookup(s.tree, sp.at); s.holds(sp) {
			if want, ok := plainText(want); ok && want != bare(s.x.texts[i]) {
				text, _ := m.within(s, want, v, i)
				return []string{text}
			}
		}
	}
	text := textOf(v, true)
	list := []string{bare(text), text, strings.Trim(text, `"`)}
	if m, ok := v.(map[string]any); ok {
		if _, inner := only(m); isText(inner) { // the digits between the marks of bytes
			list = append(list, inner.(string))
		}
	}
	pieces := strings.FieldsFunc(m.text, func(r rune) bool { return strings.ContainsRune(" ,()[]{}=:", r) })
	pieces = pieces[:min(len(pieces), maxPieces)]
	if strings.HasPrefix(text, `x"`) { // the text may have a better form for these bytes
		return append(pieces, list...)
	}
	return append(list, pieces...)
}

// within returns what the hole i stands for in a string in which holes stand.
func (m *matching) within(s *shape, want, got string, i int) (string, bool) {
	var parts []part
	at := -1
	for want != "" {
		first, hit := len(want), -1
		for j := range m.parts {
			if m.parts[j].kind != hole {
				continue
			}
			if n := strings.Index(want, bare(s.x.texts[j])); n >= 0 && n < first {
				first, hit = n, j
			}
		}
		parts = append(parts, part{text: want[:first]})
		if hit < 0 {
			break
		}
		if hit == i {
			at = len(parts)
		}
		parts = append(parts, part{kind: hole, pattern: m.parts[hit].pattern})
		want = want[first+len(bare(s.x.texts[hit])):]
	}
	texts, _, ok := matchText(parts, got, false)
	if !ok || at < 0 {
		return "", false
	}
	return texts[at], true
}

// plainText returns a value that is a text, or bytes that are one.
func plainText(v any) (string, bool) {
	if m, ok := v.(map[string]any); ok {
		if kind, inner := only(m); kind == "text" {
			v = inner
		}
	}
	s, ok := v.(string)
	return s, ok
}

// bare returns a text without the quotation marks around it.
func bare(text string) string {
	if s, err := strconv.Unquote(text); err == nil && strings.HasPrefix(text, `"`) {
		return s
	}
	return text
}

// equal says whether two trees are the same.
func equal(a, b any) bool {
	is := true
	compare(nil, a, b, func(Path, any, any, bool, bool) { is = false })
	return is
}
