package zmtp_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
)

// librariesVar names the libraries of libzmq 2.x and 3.x that TestOldLibraries
// talks to.
const librariesVar = "WIRECTL_PEER_ZMQ"

// TestOldLibraries has sockets talk to those of older releases of libzmq,
// which speak ZMTP 1.0 and 2.0.
func TestOldLibraries(t *testing.T) {
	libraries := strings.Fields(os.Getenv(librariesVar))
	if len(libraries) == 0 {
		t.Skipf("SKIPPED: %s names no libraries of libzmq 2.x and 3.x", librariesVar)
	}
	for _, library := range libraries {
		for _, tt := range talks {
			old := func(how, endpoint string) *libzmq {
				p := startProgram(t, append([]string{testdata.Path("emqp/peer_old.py"), library, tt.theirs, how, endpoint}, tt.options...))
				if strings.Contains(library, "zmq2") || strings.Contains(library, "zmq.so.1") {
					p.topic = "" // it does not tell, and chooses itself
				}
				return p
			}
			if strings.HasPrefix(tt.name, "x") || strings.HasPrefix(tt.name, "probe") {
				continue // not all of them have that
			}
			settings := append([]string{"socket=" + tt.ours}, tt.settings...)
			t.Run(filepath.Base(library)+"/"+tt.name+"/bind", func(t *testing.T) {
				o, address := bind(t, settings...)
				tt.talk(t, o, old("connect", "tcp://"+address))
			})
			t.Run(filepath.Base(library)+"/"+tt.name+"/connect", func(t *testing.T) {
				p := old("bind", "")
				tt.talk(t, connect(t, p.endpoint, settings...), p)
			})
		}
	}
}

const signature = "ff00000000000000017f"

// TestPieces has peers of all versions that say no more than they must before
// they have seen what they wait for. What they see is what libzmq 4.3.4 says
// to the same peers, piece by piece.
func TestPieces(t *testing.T) {
	theRest := "014e554c4c" + strings.Repeat("00", 64-11-5)
	for _, tt := range []struct {
		name     string
		settings []string
		steps    []string // what the peer says, after <, and what it then sees
		deliver  string
	}{
		{"1.0", []string{"socket=DEALER", "identity=me"},
			[]string{"ff00000000000000037f", "< 0100", "6d65", "< 060068656c6c6f"}, `message "hello"`},
		{"1.0 at a PUB", []string{"socket=PUB"}, []string{signature, "< 0100"}, `subscribed 0 ""`},
		{"1.0 at a SUB", []string{"socket=SUB", "subscribe=he"},
			[]string{signature, "< 0100", "0400016865", "< 060068656c6c6f"}, `message "hello"`},
		{"1.0 in one go", []string{"socket=DEALER"}, []string{signature, "< 01000201780600", "< 68656c6c6f"}, `message "x" "hello"`},
		{"2.0", []string{"socket=DEALER", "identity=me"},
			[]string{"ff00000000000000037f", "< " + signature, "03", "< 0105", "0500026d65", "< 0000000568656c6c6f"}, `message "hello"`},
		{"2.0 at a PUB", []string{"socket=PUB"},
			[]string{signature, "< " + signature, "03", "< 0102", "010000", "< 00000004016e6577"}, `subscribed 0 "new"`},
		{"2.0 at a SUB", []string{"socket=SUB", "subscribe=he"},
			[]string{signature, "< " + signature, "03", "< 0101", "020000", "< 0000", "0003016865", "< 000568656c6c6f"}, `message "hello"`},
		{"2.0 in one go", []string{"socket=DEALER"},
			[]string{signature, "< " + signature + "01050000", "03050000", "< 000568656c6c6f"}, `message "hello"`},
		{"3.1", []string{"socket=PULL"},
			[]string{signature, "< " + signature, "03", "< 03", theRest, "< " + theRest + "041a0552454144590b536f636b65742d5479706500000004", "", "< 50555348000568656c6c6f"}, ""},
		{"3.1 in one go", []string{"socket=PUSH"},
			[]string{signature, "< " + signature + "03" + theRest, "03" + theRest + "041a0552454144590b536f636b65742d547970650000000450555348"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, address := bind(t, tt.settings...)
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			for _, step := range tt.steps {
				said, ours := strings.CutPrefix(step, "< ")
				b, err := hex.DecodeString(said)
				if err != nil {
					t.Fatal(err)
				}
				if ours {
					c.Write(b)
					continue
				}
				got := make([]byte, len(b))
				if _, err := io.ReadFull(c, got); err != nil || hex.EncodeToString(got) != said {
					t.Fatalf("%x, %v, want %s", got, err, said)
				}
			}
			if tt.deliver != "" {
				o.want("deliver " + tt.deliver)
			}
			c.Close()
			o.accounted()
		})
	}
}

// accounted waits for the end of a connection, when all that was sent has been
// told of, also what is cut.
func (o *ours) accounted() {
	o.t.Helper()
	o.want("closed")
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.passed) == 0 || !bytes.Equal(o.passed, o.told) {
		o.t.Errorf("%x was sent, and %x told", o.passed, o.told)
	}
}

// TestOurselves has two of ours talk, of which neither says all at once.
func TestOurselves(t *testing.T) {
	o, address := bind(t, "socket=REP")
	c := connect(t, address, "socket=REQ")
	c.want("deliver peer")
	c.say("send", "question")
	o.want(`deliver message "question"`)
	o.say("send", "answer")
	c.want(`deliver message "answer"`)
}

// TestCutOpening has connections that end within the greeting: what has been
// said of ours is told.
func TestCutOpening(t *testing.T) {
	o, address := bind(t)
	for _, said := range []string{"", "\xff", "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f", "GET / HTTP/1.0\r\n\r\n"} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, said)
		io.ReadFull(c, make([]byte, 10))
		c.Close()
		o.accounted()
	}
}
