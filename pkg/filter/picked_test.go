package filter

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// checkPick holds what a frame tells of single values to its JSON. It returns
// how many values it told.
func checkPick(t *testing.T, r *codec.Record, names []string) (told int) {
	t.Helper()
	f, ok := r.Frame.(codec.Picker)
	if !ok || r.Err != nil {
		return 0
	}
	text := r.Frame.AppendJSON(nil, codec.View{Secrets: true})
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var whole map[string]any
	if err := d.Decode(&whole); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	check := func(want any, there bool, path ...string) {
		v, ok := f.Pick(path)
		if !ok {
			return
		}
		told++
		got := map[codec.PickedKind]any{
			codec.PickedNull: nil, codec.PickedBool: v.N == 1, codec.PickedInt: v.N,
			codec.PickedText: string(v.Text), codec.PickedList: v.N, codec.PickedObject: "an object",
		}[v.Kind]
		switch w := plain(want).(type) {
		case []any:
			want, ok = len(w), v.Kind == codec.PickedList
		case map[string]any:
			want, ok = "an object", v.Kind == codec.PickedObject
		default:
			want, ok = w, v.Kind != codec.PickedList && v.Kind != codec.PickedObject
		}
		if !ok || got != want {
			t.Fatalf("%q is told to be %#v of kind %d, and is %#v (there: %v) in %s", path, got, v.Kind, want, there, text)
		}
	}
	check(len(whole), true)
	for _, name := range names {
		v, there := whole[name]
		check(v, there, name)
	}
	for name, v := range whole {
		check(v, true, name)
		if inner, ok := v.(map[string]any); ok {
			for _, second := range append([]string{"text", "hex", "type", "none", "reply"}, names...) {
				v, there := inner[second]
				check(v, there, name, second)
			}
		}
	}
	for _, name := range names {
		if _, ok := whole[name].(map[string]any); ok {
			continue
		}
		if v, ok := f.Pick([]string{name, "text"}); ok {
			t.Fatalf("%s.text is told to be %v where there is no object: %s", name, v, text)
		}
	}
	return told
}

func TestPick(t *testing.T) {
	if testdata.Race {
		t.Skip("long, and of one goroutine")
	}
	for _, p := range registry.All() {
		proto := p.Info().Name
		names := Names(proto)
		told := 0
		for _, name := range recordings(t, proto) {
			left := 300
			records(t, name, func(r *codec.Record) {
				if left--; left >= 0 {
					told += checkPick(t, r, names)
				}
			})
		}
		t.Logf("%s: %d values", proto, told)
		if told == 0 {
			t.Errorf("no frame of %s tells anything", proto)
		}
	}
}

func FuzzPick(f *testing.F) {
	f.Add(uint8(0), true, []byte("\x06\x00\x00\x01\x00\x01\x01\x12lookup"))
	f.Add(uint8(1), true, []byte("\x06\x00\x00\x01\x00\x01\x00\x32a\xff\xed\xa0\x80"))
	f.Add(uint8(2), true, []byte("\x00\x00\x00\x18\x80\x03(K\x07K\x00X\x04\x00\x00\x00ping)t."))
	f.Add(uint8(2), false, []byte("\x00\x00\x00\x02Z5\x00\x00\x00\x06\x94\xff\x00\xa1a\xc0"))
	f.Add(uint8(3), false, []byte("RDATA events master 7 [\"$1\",\"!r\"]\nSYNC a\nPOSITION x y 1 2\n"))
	f.Add(uint8(4), true, []byte("\x00\x00\x00\x22\x00\x20{\"type\":\"send\",\"seq\":-0,\"type\":1}"))
	f.Fuzz(func(t *testing.T, which uint8, toServer bool, stream []byte) {
		all := registry.All()
		p := all[int(which)%len(all)]
		o := codec.Options{}
		if d := p.Info().Dialects; len(d) > 0 {
			o.Dialect = d[int(which)/len(all)%len(d)].Name
		}
		c, err := p.Open(o)
		if err != nil {
			return
		}
		dir := codec.ToClient
		if toServer {
			dir = codec.ToServer
		}
		s := codec.NewStream(c.Decoder(dir), dir)
		s.Feed(slices.Clone(stream))
		s.End()
		names := Names(p.Info().Name)
		for r, ok := s.Next(); ok; r, ok = s.Next() {
			checkPick(t, &r, names)
		}
	})
}
