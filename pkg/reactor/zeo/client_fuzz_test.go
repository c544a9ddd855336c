package zeo

import (
	"errors"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// FuzzClient gives a client any bytes as a server's, and inputs between them.
// It must neither panic nor keep more than it may; a copy does what it does;
// and for every input that was taken there is one outcome.
func FuzzClient(f *testing.F) {
	for _, text := range [][]string{
		{"hello Z5", `reply 1 tid'5'`, `reply 2 {}`, `reply 3 [oid'1']`, `reply 4 tid'8'`, "oneway 0 invalidateTransaction(tid'9', [oid'1'])"},
		{"hello M5", `reply 1 tid'5'`, `reply 2 {}`, `error 3 ZODB.POSException.ConflictError(1)`, `reply 4 None`},
		{"hello Z4", "reply 0 None", "reply 1 None", "reply 2 tid'5'", "reply 3 {}", "oneway 0 serialnos([(oid'1', tid'8')])", "reply 4 None", "reply 5 tid'8'"},
		{"hello Z309", `reply 0 "digest"`, `reply 1 ("r", "c", "n")`, "reply 2 True"},
	} {
		p, err := zeo.Protocol{}.Parser(codec.Options{})
		if err != nil {
			f.Fatal(err)
		}
		var in []byte
		for _, line := range text {
			frame, err := p.Parse(codec.ToClient, codec.Text{Body: []byte(line)})
			if err != nil {
				f.Fatal(err)
			}
			in, _ = frame.AppendBinary(in)
		}
		for which := range uint8(3) {
			f.Add(in, which, "loadBefore(oid'1', tid'2')")
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, which uint8, args string) {
		id := servedProtocols[int(which)%len(servedProtocols)]
		c := NewClient(ClientOptions{Protocol: id, MaxCalls: 8, MaxBlob: 100, MaxBuffered: 10_000, MaxSerials: 3, Fallback: which&64 != 0, User: "a", Password: "b"})
		taken, outcomes := 0, 0
		step := func(ev reactor.Event) {
			_, input := ev.(reactor.Input)
			copied := c.Snapshot()
			before := c.State().String()
			want := text(copied.Step(time.Time{}, ev, nil))
			if c.State().String() != before {
				t.Fatalf("stepping a copy changed the client: %s, was %s", c.State(), before)
			}
			actions := c.Step(time.Time{}, ev, nil)
			if got := text(actions); got != want {
				t.Fatalf("the copy did\n%s\nthe client\n%s", want, got)
			}
			rejected := false
			for _, a := range actions {
				switch a.(type) {
				case Outcome:
					outcomes++
				case reactor.Reject:
					rejected = true
				}
			}
			if input && !rejected {
				taken++
			}
			if c.blobSize > 100 || len(c.serials) > 3 || c.waiting > 10_000 {
				t.Fatalf("%d bytes of blobs, %d serials, %d bytes wait", c.blobSize, len(c.serials), c.waiting)
			}
		}
		conv, err := zeo.Protocol{}.Open(codec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := conv.Decoder(codec.ToClient)
		step(reactor.Opened{})
		inputs := []any{
			Commit{Objects: []Object{{Data: []byte("x"), Blob: []byte("y")}}}, Load{}, GetBlob{}, Undo{Transactions: [][]byte{nil}},
		}
		if ev, err := c.Input("call", args); err == nil {
			inputs = append(inputs, ev.(reactor.Input).Value)
		}
		for n := 0; len(in) > 0; n++ {
			if n%3 == 1 {
				step(reactor.Input{Value: inputs[n/3%len(inputs)]})
			}
			frame, size, err := d.Decode(in, true)
			if err != nil || size == 0 {
				step(reactor.Broken{Err: errors.New("damaged")})
				break
			}
			in = in[size:]
			step(reactor.Received{Frame: frame.Clone()})
		}
		if c.connected() {
			step(reactor.EOF{})
		}
		if taken != outcomes {
			t.Fatalf("%d inputs were taken, and %d came to an end", taken, outcomes)
		}
	})
}

func text(actions []reactor.Action) string {
	s := ""
	for _, a := range actions {
		s += a.String() + "; "
	}
	return s
}
