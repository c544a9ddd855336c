package capture_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/capture/http1"
	"github.com/wirectl/wirectl/pkg/codec"
)

// An exchange is what came out of one request and its answer.
type exchange struct {
	head [2]*http1.Head
	body [2][]byte
	ends [2]string // "ok", or why a message is cut
}

func index(d codec.Direction) int {
	if d == codec.ToClient {
		return 1
	}
	return 0
}

// exchanges reads the HTTP of all conversations of a capture: the key is
// conversation.exchange. What is no HTTP is an error.
func exchanges(t *testing.T, name string) map[string]*exchange {
	t.Helper()
	src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*exchange{}
	conns := map[*capture.Conn]*http1.Conversation{}
	for e, err := range src.Events() {
		if err != nil {
			t.Fatal(err)
		}
		c := conns[e.Conn]
		var parts []http1.Part
		switch e.Kind {
		case capture.KindOpen:
			conns[e.Conn] = http1.New(e.Conn.JoinedMidstream)
		case capture.KindData:
			parts = c.Feed(e.Dir, e.Data)
		case capture.KindGap:
			t.Errorf("%s: gap of %d bytes", name, e.Gap)
		case capture.KindClose:
			parts = append(parts, c.End(codec.ToServer)...)
			gather(t, name, out, e.Conn.ID, parts)
			parts = c.End(codec.ToClient)
		}
		gather(t, name, out, e.Conn.ID, parts)
	}
	return out
}

func gather(t *testing.T, name string, out map[string]*exchange, conn int, parts []http1.Part) {
	t.Helper()
	for _, p := range parts {
		if p.Exchange == 0 {
			t.Errorf("%s: %d bytes %q: %s", name, len(p.Data), p.Data, p.Why)
			continue
		}
		key := fmt.Sprintf("%d.%d", conn, p.Exchange)
		x := out[key]
		if x == nil {
			x = new(exchange)
			out[key] = x
		}
		i := index(p.Dir)
		switch p.Kind {
		case http1.HeadPart:
			x.head[i] = p.Head
		case http1.BodyPart:
			if p.Offset != int64(len(x.body[i])) {
				t.Errorf("%s %s: body bytes at %d after %d", name, key, p.Offset, len(x.body[i]))
			}
			x.body[i] = append(x.body[i], p.Data...)
		case http1.EndPart:
			x.ends[i] = "ok" + p.Why
		}
	}
}

// TestMercurialHTTP holds the bodies of Mercurial's traffic against those
// that were taken out of it by other means.
func TestMercurialHTTP(t *testing.T) {
	for _, list := range testdata.Glob(t, "hg/captures/*-exchanges.ndjson") {
		n := 0
		files := map[string]map[string]*exchange{}
		for line := range bytes.Lines(testdata.Read(t, list)) {
			var want struct {
				Pcap         string
				Connection   int
				Exchange     int
				RequestLine  string `json:"request_line"`
				RequestType  string `json:"request_type"`
				ResponseType string `json:"response_type"`
				StatusLine   string `json:"status_line"`
				RequestSize  int    `json:"request_bytes"`
				ResponseSize int    `json:"response_bytes"`
				C2S          string `json:"c2s_bin"`
				S2C          string `json:"s2c_bin"`
			}
			if err := json.Unmarshal(line, &want); err != nil {
				t.Fatal(err)
			}
			if files[want.Pcap] == nil {
				files[want.Pcap] = exchanges(t, path.Join("hg/captures", want.Pcap))
			}
			x := files[want.Pcap][fmt.Sprintf("%d.%d", want.Connection+1, want.Exchange)]
			name := fmt.Sprintf("%s exchange %d", want.Pcap, want.Exchange)
			if x == nil || x.head[0] == nil || x.head[1] == nil {
				t.Errorf("%s is missing", name)
				continue
			}
			n++
			q, a := x.head[0], x.head[1]
			if got := q.Method + " " + q.Target + " " + q.Proto; got != want.RequestLine {
				t.Errorf("%s: %s, want %s", name, got, want.RequestLine)
			}
			if got := strings.TrimSpace(fmt.Sprintf("%s %d %s", a.Proto, a.Status, a.Reason)); got != strings.TrimSpace(want.StatusLine) {
				t.Errorf("%s: %s, want %s", name, got, want.StatusLine)
			}
			if q.MediaType != want.RequestType || a.MediaType != want.ResponseType || a.Request != q {
				t.Errorf("%s: types %s and %s, want %s and %s", name, q.MediaType, a.MediaType, want.RequestType, want.ResponseType)
			}
			if len(x.body[0]) != want.RequestSize || len(x.body[1]) != want.ResponseSize || x.ends != [2]string{"ok", "ok"} {
				t.Errorf("%s: %d and %d bytes, %q; want %d and %d", name, len(x.body[0]), len(x.body[1]), x.ends, want.RequestSize, want.ResponseSize)
			}
			for i, bin := range []string{want.C2S, want.S2C} {
				if bin != "" && !bytes.Equal(x.body[i], testdata.Read(t, path.Join("hg/captures", bin))) {
					t.Errorf("%s: the body is not that of %s", name, bin)
				}
			}
		}
		if n == 0 {
			t.Errorf("%s: nothing was compared", list)
		}
	}
}
