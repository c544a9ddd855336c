package synapse

import (
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// Actions beside those of package reactor.
type (
	// Heard hands over a line of the peer that the machine does nothing
	// about. Access tokens are masked in its texts, not in its frame.
	Heard struct{ Frame *synapse.Frame }

	// Rows hands whole rows of a stream to the worker: all that share a
	// token, at once.
	Rows struct {
		Stream, Instance string // Instance is "" before v1.13
		Token            int64
		Rows             [][]byte // JSON, as it came
	}

	// Position says where a stream is: the worker has all rows up to here.
	Position struct {
		Stream, Instance string
		Token            int64
	}
)

// Name implements [reactor.Action].
func (Heard) Name() string { return "deliver" }

// AppendJSON implements [reactor.Action].
func (h Heard) AppendJSON(dst []byte) []byte {
	dst = append(dst, `,"kind":`...)
	dst = jsonenc.AppendString(dst, h.Frame.Type())
	dst = append(dst, `,"fields":`...)
	return h.Frame.AppendJSON(dst, codec.View{})
}

func (h Heard) String() string { return "deliver " + string(h.Frame.AppendText(nil, codec.View{})) }

// Name implements [reactor.Action].
func (Rows) Name() string { return "deliver" }

// AppendJSON implements [reactor.Action].
func (r Rows) AppendJSON(dst []byte) []byte {
	dst = appendWhere(dst, "rows", r.Stream, r.Instance, r.Token)
	dst = append(dst, `,"rows":[`...)
	for i, row := range r.Rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonv.AppendTyped(dst, row)
	}
	return append(dst, ']')
}

func (r Rows) String() string {
	s := "deliver rows " + where(r.Stream, r.Instance, r.Token)
	for _, row := range r.Rows {
		s += " " + string(row)
	}
	return s
}

// Name implements [reactor.Action].
func (Position) Name() string { return "deliver" }

// AppendJSON implements [reactor.Action].
func (p Position) AppendJSON(dst []byte) []byte {
	return appendWhere(dst, "position", p.Stream, p.Instance, p.Token)
}

func (p Position) String() string {
	return "deliver position " + where(p.Stream, p.Instance, p.Token)
}

func appendWhere(dst []byte, kind, stream, instance string, token int64) []byte {
	dst = append(append(append(dst, `,"kind":"`...), kind...), `","stream":`...)
	dst = jsonenc.AppendString(dst, stream)
	if instance != "" {
		dst = append(dst, `,"instance":`...)
		dst = jsonenc.AppendString(dst, instance)
	}
	dst = append(dst, `,"token":`...)
	return jsonenc.AppendInt(dst, token)
}

// where returns a stream and where it is, as lines have it.
func where(stream, instance string, token int64) string {
	words := []string{stream, strconv.FormatInt(token, 10)}
	if instance != "" {
		words = []string{stream, instance, words[1]}
	}
	return strings.Join(words, " ")
}
