package cbor

import "github.com/wirectl/wirectl/pkg/codec"

// maxValue is how much of a value a field shows.
const maxValue = 120

// AppendFields appends the item at node i as a field of that name and, down
// to deepest levels below it, the items in it. The tree's first byte has the
// offset base. A container's fields are its head, its items and its break;
// the values of a map bear their key's name.
func (t *Tree) AppendFields(dst []codec.Field, name string, i int, base int64, depth, deepest int) []codec.Field {
	n := &t.Nodes[i]
	at := func(start, end uint32) codec.Span {
		return codec.Span{Start: base + int64(start), End: base + int64(end)}
	}
	dst = append(dst, codec.Field{Name: name, Span: at(n.Start, n.End), Value: t.short(i), Note: t.note(n), Depth: depth})
	if n.Next == uint32(i)+1 || deepest <= 0 {
		return dst
	}
	dst = append(dst, codec.Field{Name: "head", Span: at(n.Start, n.Start+uint32(n.Head)), Value: n.Kind.String(), Depth: depth + 1})
	key := ""
	for j, k := i+1, 0; j < int(n.Next); j, k = int(t.Nodes[j].Next), k+1 {
		c := &t.Nodes[j]
		label := "item"
		switch {
		case c.Kind == Break:
			dst = append(dst, codec.Field{Name: "break", Span: at(c.Start, c.End), Value: "0xff", Depth: depth + 1})
			continue
		case n.Kind == Map && k%2 == 0:
			label, key = "key", string(t.appendStep(nil, j))
		case n.Kind == Map:
			label = key
		case n.Kind == Bytes || n.Kind == Text:
			label = "chunk"
		}
		dst = t.AppendFields(dst, label, j, base, depth+1, deepest-1)
	}
	return dst
}

// short returns the item in diagnostic notation, cut when it is long.
func (t *Tree) short(i int) string {
	n := &t.Nodes[i]
	if n.End-n.Start > 4*maxValue {
		cut := t.Src[n.Start : n.Start+maxValue/2]
		return string(appendDiagString(nil, cut, Bytes)) + "…"
	}
	b := t.AppendDiag(nil, i)
	if len(b) > maxValue {
		end := maxValue
		for end > 0 && b[end]&0xc0 == 0x80 {
			end--
		}
		return string(b[:end]) + "…"
	}
	return string(b)
}

func (t *Tree) note(n *Node) string {
	switch {
	case n.Indefinite:
		return "indefinite length"
	case n.NonMinimal:
		return "longer than needed"
	case n.Kind == Tag && n.Arg == TagSet:
		return "set"
	}
	return ""
}
