package msgq

import (
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// maxSkanFields is the most fields of one message; what follows is one field.
const maxSkanFields = 2000

// appendSkanFields appends the fields of a valid Skan message: its version
// and its entries, levels deep. An entry that holds others begins with a
// field for its own tag and length.
func appendSkanFields(dst []codec.Field, src []byte, base int64, depth, levels, nesting int) []codec.Field {
	if levels <= 0 {
		return dst
	}
	w := skanWalker{skanReader: skanReader{src: src, max: nesting}, dst: dst, base: base, left: maxSkanFields}
	w.add(0, len(skanMark), "version", skanMark, "", depth)
	w.walk(len(skanMark), len(src), depth, levels, true)
	return w.dst
}

type skanWalker struct {
	skanReader
	dst  []codec.Field
	base int64
	left int
}

func (w *skanWalker) add(start, end int, name, value, note string, depth int) {
	w.dst = append(w.dst, codec.Field{
		Name:  name,
		Span:  codec.Span{Start: w.base + int64(start), End: w.base + int64(end)},
		Value: value,
		Note:  note,
		Depth: depth,
	})
}

var itemNames = [...]string{itemBlob: "blob", itemHash: "hash", itemList: "list", itemNull: "null", itemBool: "bool", itemInt: "int", itemReal: "real", itemUTF8: "utf8"}

// walk appends the entries of a hash, or the items of a list, in src[i:end].
func (w *skanWalker) walk(i, end, depth, levels int, hash bool) {
	for n := 0; i < end; n++ {
		name, item := "["+strconv.Itoa(n)+"]", i
		if hash {
			tag, at, fault := w.tag(i, end)
			if fault != nil {
				return
			}
			if name, item = string(tag), at; name == "" {
				name = `""`
			}
		}
		from, to, fault := w.data(item, end)
		if fault != nil {
			return
		}
		if w.left--; w.left <= 0 {
			w.add(i, end, "…", "", "more than "+strconv.Itoa(maxSkanFields)+" values", depth)
			return
		}
		kind := w.src[item] & typeMask
		var value string
		if text, _, fault := w.item(nil, item, end, 1); fault == nil {
			value = jsonv.Show(text)
		}
		w.add(i, to, name, value, itemNames[kind], depth)
		if (kind == itemHash || kind == itemList) && levels > 1 && from < to {
			w.add(i, from, "head", "", "", depth+1)
			w.walk(from, to, depth+1, levels-1, kind == itemHash)
		}
		i = to
	}
}
