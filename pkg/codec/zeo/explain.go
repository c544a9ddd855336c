package zeo

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/wirectl/wirectl/pkg/codec/value"
	"github.com/wirectl/wirectl/pkg/codec/value/pylit"
)

// ExplainValue implements [codec.ValueExplainer] for oids and tids: oid'1f',
// tid'040d26c758e47233', x"…" of eight bytes, or their 16 hexadecimal digits.
func (Protocol) ExplainValue(_, v string) (string, bool) {
	text := strings.TrimPrefix(v, "0x")
	if len(text) == 16 && strings.Trim(text, "0123456789abcdefABCDEF") == "" {
		text = `x"` + text + `"`
	}
	var t value.Tree
	id, err := pylit.Parse(&t, []byte(text), pylit.Options{Inert: true})
	if err != nil || t.Kind(id) != value.Bytes || len(t.Bytes(id)) != 8 {
		return "", false
	}
	n := binary.BigEndian.Uint64(t.Bytes(id))
	switch n {
	case 0:
		return "as an oid the root object; as a serial a new object", true
	case 1<<63 - 1:
		return "as a tid in loadBefore the latest", true
	}
	return fmt.Sprintf("as an oid the object %d; as a tid or serial the transaction of %s", n, TIDTime(n).Format(time.RFC3339Nano)), true
}
