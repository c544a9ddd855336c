package synapse_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/reactor"
	machine "github.com/wirectl/wirectl/pkg/reactor/synapse"
)

// A vector is a line and what the program's protocol objects did with it.
type vector struct {
	ID       string
	Kind     string
	LineHex  string `json:"line_hex"`
	AsServer string `json:"as_server"`
	ToServer string `json:"as_server_reply"`
	AsClient string `json:"as_client"`
	ToClient string `json:"as_client_reply"`
}

// outcome is what actions are, in the words of the vectors.
func outcome(actions []reactor.Action, conn int) (did, reply string) {
	sent, closed := lines(actions, conn)
	if len(sent) > 0 {
		reply = sent[len(sent)-1]
	}
	switch {
	case closed && verb(reply) == "ERROR":
		return "error+close", reply
	case closed:
		return "closed", ""
	}
	return "accepted", ""
}

func testVectors(t *testing.T, dir codec.Direction, run func(dialect string, ev reactor.Event) (did, reply string)) {
	for _, version := range []string{"seed", "v0.21.0", "v1.0.0", "v1.66.0"} {
		var list []vector
		if err := json.Unmarshal(testdata.Read(t, "synapse/vectors/shared_"+version+".json"), &list); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, v := range list {
			want, reply := v.AsServer, v.ToServer
			if dir == codec.ToClient {
				want, reply = v.AsClient, v.ToClient
			}
			if v.Kind != "decode" || want == "" || strings.HasPrefix(reply, "ERROR failed to handle replicate: ValueError") {
				continue // the last: what stood in for the streams there had no rows
			}
			line, err := hex.DecodeString(v.LineHex)
			if err != nil {
				t.Fatal(err)
			}
			n++
			did, said := run(version, received(t, version, dir, string(line)))
			if want == "drop-no-error" {
				want = "closed"
			}
			if did != want || said != reply {
				t.Errorf("%s: %q: %s %q, the program %s %q", v.ID, line, did, said, want, reply)
			}
		}
		if n < 100 {
			t.Errorf("%s: only %d vectors", version, n)
		}
	}
}

func TestWorkerVectors(t *testing.T) {
	testVectors(t, codec.ToClient, func(dialect string, ev reactor.Event) (string, string) {
		w := machine.NewWorker(reactor.Options{Role: reactor.Client, Dialect: dialect, Compat: true, Extra: map[string]string{"server": "expected.example"}})
		w.Step(time.Time{}, reactor.Opened{}, nil)
		return outcome(w.Step(time.Time{}, ev, nil), 0)
	})
}

func TestMainVectors(t *testing.T) {
	testVectors(t, codec.ToServer, func(dialect string, ev reactor.Event) (string, string) {
		m := machine.NewMain(reactor.Options{Role: reactor.Server, Dialect: dialect, Compat: true})
		m.Step(time.Time{}, reactor.From{Conn: 1, Event: reactor.Opened{}}, nil)
		return outcome(m.Step(time.Time{}, reactor.From{Conn: 1, Event: ev}, nil), 1)
	})
}
