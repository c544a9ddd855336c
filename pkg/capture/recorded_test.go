package capture_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A unit is a line of an expected file: where a message stands. The
// programs that wrote them count and name differently.
type unit struct {
	Kind   string
	Stream json.RawMessage // zeo: number from 1; emqp: NAME.NN.DIR.bin from 0
	Conn   json.RawMessage // msgq: "cNN" from 1; synapse: number from 0
	Dir    string
	Off    *int64
	Offset int64
	Len    int64
	Frame  int64           `json:"frame_length"`
	MAC    json.RawMessage // zeo: 20 bytes more
	Part   json.RawMessage `json:"partial"`
}

// where returns the conversation, the direction and the end of a unit.
func (u *unit) where(proto string) (conn int, dir codec.Direction, end int64, ok bool) {
	number := func(raw json.RawMessage) int {
		n, err := strconv.Atoi(strings.Trim(string(raw), `"c`))
		if err != nil {
			return -1
		}
		return n
	}
	dir = codec.ToServer
	if strings.HasPrefix(u.Dir, "s2c") || u.Dir == "<" {
		dir = codec.ToClient
	}
	switch {
	case proto == "zeo" && u.Kind != "truncated" && u.Off != nil:
		end = *u.Off + u.Len + 4
		if len(u.MAC) > 0 && string(u.MAC) != "null" && string(u.MAC) != `""` && string(u.MAC) != "false" {
			end += 20
		}
		return number(u.Stream), dir, end, true
	case proto == "synapse" && len(u.Conn) > 0 && u.Off != nil && u.Part == nil:
		return number(u.Conn) + 1, dir, *u.Off + u.Len + 1, true
	case proto == "msgq" && u.Frame > 0:
		return number(u.Conn), dir, u.Offset + u.Frame, true
	case proto == "emqp" && u.Off != nil && (u.Kind == "greeting" || u.Kind == "command" || u.Kind == "message"):
		parts := strings.Split(strings.Trim(string(u.Stream), `"`), ".")
		if len(parts) < 4 {
			return 0, 0, 0, false
		}
		if parts[len(parts)-2] == "s2c" {
			dir = codec.ToClient
		}
		return number(json.RawMessage(parts[len(parts)-3])) + 1, dir, *u.Off + u.Len, true
	}
	return 0, 0, 0, false
}

// TestRecorded reads the traffic of the real programs: whole, and with its
// conversations numbered as those who recorded it numbered them.
func TestRecorded(t *testing.T) {
	for _, proto := range []string{"zeo", "synapse", "msgq", "emqp"} {
		t.Run(proto, func(t *testing.T) {
			compared := 0
			for _, name := range testdata.Glob(t, proto+"/captures/*.pcap") {
				src, err := capture.Open(name, bytes.NewReader(testdata.Read(t, name)), capture.Options{})
				if err != nil {
					t.Fatal(err)
				}
				conns := map[int]*capture.Conn{}
				for e, err := range src.Events() {
					if err != nil || e.Kind == capture.KindGap || e.Kind == capture.KindNote {
						t.Fatalf("%s: %v %s", name, err, e.Why)
					}
					conns[e.Conn.ID] = e.Conn
				}
				list := strings.TrimSuffix(name, ".pcap") + ".expected.ndjson"
				if proto == "emqp" {
					list = strings.TrimSuffix(name, ".pcap") + ".zmtp.expected.ndjson"
				}
				if strings.Contains(name, "tls") {
					continue // nobody could look into it
				}
				for line := range bytes.Lines(testdata.Read(t, list)) {
					var u unit
					if err := json.Unmarshal(line, &u); err != nil {
						t.Fatalf("%s: %v", list, err)
					}
					conn, dir, end, ok := u.where(proto)
					if !ok {
						continue
					}
					compared++
					if c := conns[conn]; c == nil || c.Side(dir).Bytes < end {
						t.Errorf("%s: conversation %d %v is to reach %d: %+v", name, conn, dir, end, c)
						break
					}
				}
			}
			if compared < 100 {
				t.Errorf("only %d messages were looked for", compared)
			}
		})
	}
}
