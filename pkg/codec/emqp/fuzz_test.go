package emqp_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/codectest"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
)

// FuzzStream holds any bytes against what codecs promise.
func FuzzStream(f *testing.F) {
	type vector struct{ Hex string }
	for _, name := range []string{"shared_emqp", "shared_malformed"} {
		for i, v := range testdata.Vectors[vector](f, "emqp/vectors/"+name+".json") {
			if i%4 == 0 {
				f.Add(unhex(f, v.Hex), byte(i))
			}
		}
	}
	for _, tt := range texts {
		f.Add(message(tt.frames), byte(5))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step byte) {
		if len(stream) > 4096 {
			return
		}
		dir := codec.ToServer
		if step&1 == 1 {
			dir = codec.ToClient
		}
		o := codec.Options{MaxFrame: 1 << 12}
		recs := codectest.Check(t, emqp.Protocol{}, o, dir, stream)
		for _, r := range recs {
			if r.JSON != "" && !json.Valid([]byte(r.JSON)) {
				t.Fatalf("fields are no JSON: %s", r.JSON)
			}
		}
		again := codectest.Cut(t, emqp.Protocol{}, o, dir, stream, int(step))
		if !slices.EqualFunc(recs, again, func(a, b codectest.Record) bool { return a.String() == b.String() }) {
			t.Fatalf("in pieces of %d:\n got %v\nwant %v", step, again, recs)
		}
	})
}

// FuzzText parses any text: what is taken prints to a text of the same bytes.
func FuzzText(f *testing.F) {
	for _, tt := range texts {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n") {
			return
		}
		b, err := codectest.Encode(emqp.Protocol{}, text)
		if err != nil || len(b) == 0 {
			return
		}
		p := new(emqp.Parser)
		fr, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(text)})
		if err != nil {
			return // deviations stand before it
		}
		printed := string(fr.AppendText(nil, codectest.All))
		if again, err := codectest.Encode(emqp.Protocol{}, printed); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q makes %x, its text %q makes %x (%v)", text, b, printed, again, err)
		}
	})
}
