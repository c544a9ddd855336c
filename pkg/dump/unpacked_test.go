package dump

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A packed is a frame of which part was decoded.
type packed struct {
	fake
	plain  []byte
	fields []codec.Field
}

func (p *packed) Unpack(dst []codec.Field, _ codec.View) (codec.Unpacked, bool) {
	return codec.Unpacked{Bytes: p.plain, How: "zlib", Fields: append(dst, p.fields...)}, len(p.plain) > 0
}

// What was decoded stands below the frame, marked so that it is not taken for
// bytes of the capture.
func TestUnpacked(t *testing.T) {
	p := &packed{
		fake:   fake{typ: "data", bytes: []byte{0x78, 0x9c}, fields: []codec.Field{field(0, 2, "payload", "", "", 0)}},
		plain:  []byte("hello"),
		fields: []codec.Field{field(0, 5, "word", "hello", "", 0)},
	}
	r := codec.Record{Conn: 1, Dir: codec.ToClient, Span: codec.Span{Start: 100, End: 102}, Frame: p, Bytes: p.bytes}
	for _, width := range []int{60, 80, 120, 200} {
		text := string(NewHex(Options{Width: width}).AppendRecord(nil, &r))
		if !strings.Contains(text, "\n~ zlib") || !strings.Contains(text, "5 bytes decoded") || !strings.Contains(text, "\n~ 00000000  68 65 6c 6c") {
			t.Errorf("width %d: nothing decoded in\n%s", width, text)
		}
		if got, err := reread(text, 100); err != nil || !bytes.Equal(got, p.bytes) {
			t.Errorf("width %d: %x, %v, in\n%s", width, got, err, text)
		}
		for line := range strings.Lines(text) {
			if Cells(strings.TrimSuffix(line, "\n")) > max(width, 80) {
				t.Errorf("width %d: %q", width, line)
			}
		}
	}
	h := NewHex(Options{})
	first := string(h.AppendRecord(nil, &r))
	if again := string(h.AppendRecord(nil, &r)); again != first {
		t.Errorf("the second time:\n%s\nthe first time:\n%s", again, first)
	}
	tree := string(NewTree(Options{}).AppendRecord(nil, &r))
	if i := strings.Index(tree, "\n    decoded"); i < 0 || !strings.Contains(tree[i:], "zlib\n      word") {
		t.Errorf("nothing decoded in\n%s", tree)
	}
	p.plain = nil
	for _, f := range forms {
		text := string(f.make(Options{Wire: fakeWire}).AppendRecord(nil, &r))
		if strings.Contains(text, "decoded") || strings.Contains(text, "\n~") {
			t.Errorf("%s: something decoded in\n%s", f.name, text)
		}
	}
}
