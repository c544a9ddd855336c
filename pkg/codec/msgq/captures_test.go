package msgq

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// An expected record is what the reference's own reader made of a frame.
type expected struct {
	Conn, Dir    string
	Offset       int64
	FrameLength  int64 `json:"frame_length"`
	HeaderLength int64 `json:"header_length"`
	BodyLength   int   `json:"body_length"`
	Header       json.RawMessage
	Body         json.RawMessage
	BodyB64      []byte          `json:"body_b64"`
	Error        json.RawMessage // where the reference stops
	Remaining    int64
}

type streamKey struct {
	conn int
	dir  codec.Direction
}

// expectedOf reads the records of a capture, by stream; cNN is connection NN.
func expectedOf(t *testing.T, name string) map[streamKey][]expected {
	t.Helper()
	out := map[streamKey][]expected{}
	for line := range bytes.Lines(testdata.Read(t, name+".expected.ndjson")) {
		var e expected
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		key := streamKey{dir: codec.ToServer}
		if _, err := fmt.Sscanf(e.Conn, "c%d", &key.conn); err != nil {
			t.Fatalf("%s: %q", name, e.Conn)
		}
		if e.Dir == "s2c" {
			key.dir = codec.ToClient
		}
		out[key] = append(out[key], e)
	}
	return out
}

// streamsOf reassembles a capture.
func streamsOf(t *testing.T, name string) map[streamKey][]byte {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name+".pcap")), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[streamKey][]byte{}
	for e, err := range src.Events() {
		switch {
		case err != nil:
			t.Fatalf("%s: %v", name, err)
		case e.Kind == capture.KindGap:
			t.Fatalf("%s: a gap of %d", name, e.Gap)
		case e.Kind == capture.KindData:
			key := streamKey{e.Conn.ID, e.Dir}
			out[key] = append(out[key], e.Data...)
		}
	}
	return out
}

// Every stream of every capture is cut as the reference's readers cut it,
// means what it meant to them, and its texts make its bytes again.
func TestCaptures(t *testing.T) {
	for _, file := range testdata.Glob(t, "msgq/captures/*.pcap") {
		name := strings.TrimSuffix(file, ".pcap")
		t.Run(name[len("msgq/captures/"):], func(t *testing.T) {
			streams := streamsOf(t, name)
			for key, wants := range expectedOf(t, name) {
				// The slow reader was cut off before it had read all.
				more := strings.HasSuffix(name, "s15_slow_reader") && key == streamKey{2, codec.ToClient}
				checkStream(t, key, streams[key], wants, more)
			}
		})
	}
}

// checkStream holds a stream against what is wanted; more says that frames may
// follow.
func checkStream(t *testing.T, key streamKey, src []byte, wants []expected, more bool) {
	t.Helper()
	at := int64(0)
	for i, r := range records(t, codec.Options{}, key.dir, src, 1000) {
		if r.Span.Start != at || !bytes.Equal(src[r.Span.Start:r.Span.End], r.Bytes) {
			t.Fatalf("%v: record %d at %v, want it at %d", key, i, r.Span, at)
		}
		at = r.Span.End
		if i >= len(wants) && more && r.Err == nil {
			continue
		}
		if i >= len(wants) {
			t.Fatalf("%v: record %d at %d was not expected", key, i, r.Span.Start)
		}
		want := &wants[i]
		if want.Error != nil {
			if r.Err == nil || r.Span.Start != want.Offset {
				t.Errorf("%v: record %d at %d: no error, the reference stops at %d", key, i, r.Span.Start, want.Offset)
			}
			return
		}
		if r.Err != nil || r.Span.Start != want.Offset || r.Span.Len() != want.FrameLength {
			t.Fatalf("%v: record %d: %v, %v, want %d bytes at %d", key, i, r.Span, r.Err, want.FrameLength, want.Offset)
		}
		checkFrame(t, key, r.Frame.(*Frame), r.Bytes, want)
	}
	if at != int64(len(src)) || len(src) == 0 {
		t.Errorf("%v: %d of %d bytes", key, at, len(src))
	}
}

func checkFrame(t *testing.T, key streamKey, f *Frame, src []byte, want *expected) {
	t.Helper()
	if len(f.Body) != want.BodyLength || int64(len(f.Header)) != want.HeaderLength {
		t.Errorf("%v at %d: header of %d bytes, body of %d", key, want.Offset, len(f.Header), len(f.Body))
	}
	var fields struct{ Header, Body json.RawMessage }
	if err := json.Unmarshal(f.AppendJSON(nil, codec.View{}), &fields); err != nil {
		t.Fatal(err)
	}
	if !same(fields.Header, want.Header) || want.Body != nil && !same(fields.Body, want.Body) {
		t.Errorf("%v at %d: %s %s, want %s %s", key, want.Offset, fields.Header, fields.Body, want.Header, want.Body)
	}
	if want.BodyB64 != nil && !bytes.Equal(f.Body, want.BodyB64) {
		t.Errorf("%v at %d: body %s", key, want.Offset, base64.StdEncoding.EncodeToString(f.Body))
	}
	reparse(t, codec.Options{}, f, src)
	if p := (Protocol{}).Probe(key.dir, src); p.Score < 70 {
		t.Errorf("%v at %d: %+v", key, want.Offset, p)
	}
}

// In one connection every request to the daemon and every RPC finds its
// answer under the same key.
func TestLinksOfCapture(t *testing.T) {
	asks, answers, ends := map[string]int{}, map[string]int{}, 0
	for key, src := range streamsOf(t, "msgq/captures/s09_rpc_one_to_one") {
		for _, r := range records(t, codec.Options{}, key.dir, src, len(src)) {
			if r.Frame == nil {
				continue
			}
			l := r.Frame.(codec.Linked).Link()
			switch {
			case !l.Wide:
			case l.Role == codec.LinkAsks && key.dir == codec.ToServer:
				asks[l.Key.Text]++
			case l.Role == codec.LinkEnds:
				ends++
				answers[l.Key.Text]++
			case l.Role == codec.LinkAnswers && key.dir == codec.ToClient:
				answers[l.Key.Text]++
			}
		}
	}
	if len(asks) == 0 || ends == 0 {
		t.Fatalf("%d requests, %d undeliverable", len(asks), ends)
	}
	for key, n := range answers {
		if asks[key] != n {
			t.Errorf("%q: %d answers to %d requests", key, n, asks[key])
		}
	}
}
