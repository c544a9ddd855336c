package msgq

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

func TestSkanVectors(t *testing.T) {
	type vector struct {
		ID, Hex         string
		Value           json.RawMessage
		Exception       *struct{ Message string }
		DecodeException string `json:"decode_exception"`
	}
	for _, v := range testdata.Vectors[vector](t, "msgq/vectors/shared_legacy_skan.json") {
		src := unhex(t, v.Hex)
		if v.Value != nil {
			if got, err := AppendSkan(nil, v.Value); err != nil || !bytes.Equal(got, src) {
				t.Errorf("%s: %.40x, %v, want %.40x", v.ID, got, err, src)
			}
		}
		text, err := SkanToJSON(nil, src, codec.DefaultMaxNesting)
		if (err != nil) != (v.Exception != nil || v.DecodeException != "") {
			t.Errorf("%s: %v", v.ID, err)
		}
		if err == nil && !same(text, v.Value) {
			t.Errorf("%s: %.100s", v.ID, text)
		}
		if err != nil {
			var fault *codec.SyntaxError
			if !errors.As(err, &fault) || fault.Offset > int64(len(src)) {
				t.Errorf("%s: %#v", v.ID, err)
			}
			continue
		}
		if len(src) > maxHeader { // a body then
			f := Frame{Header: []byte("Skan\x04type(\x04ping"), Body: src}
			src, err = f.AppendBinary(nil)
		} else {
			src, err = (&Frame{Header: src, Body: src}).AppendBinary(nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		f := one(t, codec.Options{}, '>', src)
		reparse(t, codec.Options{}, f, src)
		reparse(t, codec.Options{Dialect: "skan"}, f, src)
		if got := f.AppendText(nil, codec.View{}); !bytes.HasPrefix(got, []byte("Skan {")) || bytes.Contains(got, []byte(bodyPart)) {
			t.Errorf("%s: text %.100s", v.ID, got)
		}
	}
}

// Skan that its encoder did not write keeps its bytes all the same.
func TestSkanInOtherSpellings(t *testing.T) {
	for _, header := range []string{
		"Skan\x01a\x18\x00\x02hi",             // length in two octets
		"Skan\x01a\x08\x00\x00\x00\x02hi",     // and in four
		"Skan\x01a\x26\x02+5",                 // an integer with its sign
		"Skan\x01a\x27\x03nan\x01b\x27\x015",  // odd reals
		"Skan\x01a\x25\x01x",                  // a bool that is neither
		"Skan\x01a\x64",                       // bits that nobody looks at
		"Skan\x01a\x04\x01a\x04",              // a tag twice
		"Skan\x00\x04",                        // an empty tag
		"Skan\x01a\x22\x09\x04$hex\x28\x0200", // a hash that looks like a blob
	} {
		src := wire(header, "")
		f := one(t, codec.Options{}, '>', src)
		reparse(t, codec.Options{}, f, src)
		tile(t, f.AppendFields(nil, 0, codec.View{Depth: 2}), 0, 0, int64(len(src)))
		if !json.Valid(f.AppendJSON(nil, codec.View{})) {
			t.Errorf("%q: %s", header, f.AppendJSON(nil, codec.View{}))
		}
	}
	for _, header := range []string{"Skan\x01a\x29\x01x", "Skan\x01a\x26\x01x", "Skan\x01a\x27\x01x", "Skan\x01a\x28\x01\xff", "Skan\x01\xff\x04", "Skan" + strings.Repeat("\x01a\x02\x00\x00\x01\x00", 2)} {
		if _, n, err := open(t, codec.Options{}).Decoder('>').Decode(wire(header, ""), true); err == nil || n != len(header)+prefixSize {
			t.Errorf("%q: %d, %v", header, n, err)
		}
	}
	deep := []byte(`{"a":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`)
	src, err := AppendSkan(nil, deep)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = SkanToJSON(nil, src, 99); err == nil || !strings.Contains(err.Error(), strconv.Itoa(99)) {
		t.Errorf("100 deep: %v", err)
	}
}
