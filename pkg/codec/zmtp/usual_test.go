package zmtp

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
)

// What is known of a usual message is what its headers say, and the dialect is
// what the conversation would say anew.
func TestUsual(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	usual := 0
	for n := range 4000 {
		ver := Version(1 + n%3)
		c, err := NewConversation(codec.Options{Dialect: []string{"1.0", "2.0", "3.1"}[n%3]})
		if err != nil {
			t.Fatal(err)
		}
		d := c.ZMTP(codec.ToServer)
		d.inTraffic(ver)
		odd := n%2 == 1
		f, _, err := d.Next(randomMessage(r, ver, odd), true)
		if err != nil {
			if odd {
				continue // such as a command among the frames
			}
			t.Fatalf("%x: %v", f.raw, err)
		}
		want := f.kind == Message
		for _, p := range f.parts {
			want = want && strict(ver, p)
		}
		if f.usual != want || !odd && !want {
			t.Fatalf("%d, %x: usual is %v", ver, f.raw, f.usual)
		}
		if f.usual {
			usual++
		}
		asked := *f
		asked.usual = false
		if got, want := string(f.AppendText(nil, codec.View{})), string(asked.AppendText(nil, codec.View{})); got != want {
			t.Fatalf("%d, %x: %s, not %s", ver, f.raw, got, want)
		}
		got, _ := f.AppendJSONText(nil, codec.View{})
		if want, _ := asked.AppendJSONText(nil, codec.View{}); string(got) != string(want) {
			t.Fatalf("%d, %x: in JSON %s, not %s", ver, f.raw, got, want)
		}
		if got, want := f.AppendFindings(nil), asked.AppendFindings(nil); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d, %x: finds %v, not %v", ver, f.raw, got, want)
		}
		said, why := c.Dialect()
		if name, because := c.spoken(); said != name || why != because {
			t.Fatalf("the dialect is %q (%s), not %q (%s)", said, why, name, because)
		}
	}
	if usual < 2000 {
		t.Errorf("only %d were usual", usual)
	}
}

// randomMessage returns a message with headers as a sender writes them, unless
// some are to be odd.
func randomMessage(r *rand.Rand, ver Version, odd bool) []byte {
	f := Frame{kind: Message, ver: ver}
	for n := 1 + r.IntN(8); n > 0; n-- {
		body := make([]byte, []int{0, 7, 8, 36, 253, 254, 255, 256, 300}[r.IntN(9)])
		for i := range body {
			body[i] = "abc\"{\\\n\x00\xff"[r.IntN(9)]
		}
		flags := plainFlags(ver, len(body), n > 1, false)
		long := needsLong(ver, len(body))
		if odd && r.IntN(4) == 0 {
			flags |= byte(1) << (1 + r.IntN(7)) // not of those that end or continue a message
			long = long || ver == V1 && r.IntN(2) == 0
		}
		f.addPart(flags, long, body)
	}
	return f.raw
}
