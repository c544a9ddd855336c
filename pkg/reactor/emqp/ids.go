package emqp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ids makes ids: UUIDs of version 4, one after the other, from a seed. The
// same seed makes the same ids.
type ids struct {
	seed   string
	prefix string // of ids of messages
	n      uint64
}

// uuid returns the next UUID as text.
func (d *ids) uuid() string {
	d.n++
	b := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(d.seed), d.n))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// next returns the id of the next message.
func (d *ids) next() string { return d.prefix + d.uuid() }

// timestamp writes a time as the programs do: seconds since 1970, with a
// fraction.
func timestamp(t time.Time) []byte {
	text := strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(text)
}
