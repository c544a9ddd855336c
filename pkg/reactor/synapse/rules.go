// Package synapse holds the machines of Synapse's replication over TCP: the
// worker, which is the client, and the main process, which is the server.
//
// They follow synapse/replication/tcp of matrix-org/synapse, dialect by
// dialect, words of errors included:
//
//	                       to v1.12                  from v1.13
//	a worker asks by       REPLICATE stream token    REPLICATE, for all streams
//	it is answered by      the missing rows, then    a POSITION of each stream,
//	                       POSITION                  to every connection
//	rows go to             who subscribed            every connection
//	missing rows come      on the connection         from elsewhere: a fetch
//	an unknown command     ERROR invalid command     ERROR failed to parse line
//
// reactor.Options.Compat puts back what is wrong in the programs and can be
// seen in the actions:
//
//	what                                            without Compat
//	v0.23 to v1.72 take blank lines for commands    they are passed over
//	a % in the text of an ERROR breaks its making,  the ERROR is sent
//	and the connection drops without it
//	what is said at shutdown does not go out        it does
//	v1.9 to v1.12 send REMOTE_SERVER_UP back to     to all others
//	the connection that it came from too
package synapse

import (
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// dialects are those that the machines speak, oldest first. The classes of
// the last one never had a listener of their own.
var dialects = []string{"seed", "v0.21", "v0.22", "v1.0", "v1.12", "v1.13", "v1.18", "v1.22", "v1.66", "v1.98"}

// defaultDialect is that of the last release that has TCP.
const defaultDialect = "v1.66"

// Dialects returns the dialects that the machines speak, the default first.
func Dialects() []string {
	list := []string{defaultDialect}
	for _, d := range slices.Backward(dialects) {
		if d != defaultDialect {
			list = append(list, d)
		}
	}
	return list
}

// MaxFrame is the limit that a driver is to decode with, as
// codec.Options.MaxFrame: the longest line with its LF.
const MaxFrame = maxLine + 1

// What all dialects share.
const (
	maxLine    = 16384 // bytes, without the LF
	tickEvery  = 5 * time.Second
	pingAfter  = 5 * time.Second // of having sent nothing
	maxQueued  = 10000           // commands that wait for a slow peer
	highWater  = 64 << 10        // bytes under way at which sending pauses
	maxStreams = 512             // streams that a machine keeps track of
	timerPing  = "ping"
	timerDial  = "reconnect"
)

// rules are what differs between dialects beside the layouts of lines.
type rules struct {
	dialect string
	number  int // in dialects
	compat  bool
	limit   int64 // bytes that may wait
	streams map[string]bool
}

func newRules(o reactor.Options) *rules {
	r := &rules{dialect: o.Dialect, compat: o.Compat, limit: o.Buffered()}
	if d, err := (synapse.Protocol{}).Info().Dialect(o.Dialect); err == nil {
		r.dialect = d.Name
	}
	if r.number = slices.Index(dialects, r.dialect); r.number < 0 {
		r.dialect, r.number = defaultDialect, slices.Index(dialects, defaultDialect)
	}
	r.streams = map[string]bool{}
	for _, name := range synapse.Streams(r.dialect) {
		r.streams[name] = true
	}
	return r
}

// since says whether the dialect is name or a later one.
func (r *rules) since(name string) bool { return r.number >= slices.Index(dialects, name) }

// perStream says whether each stream is subscribed to on its own.
func (r *rules) perStream() bool { return !r.since("v1.13") }

// timeout is how long a peer that has sent a PING may be silent.
func (r *rules) timeout() time.Duration {
	if r.dialect == "seed" {
		return 15 * time.Second
	}
	return 25 * time.Second
}

// checksLength says whether lines over maxLine are answered by an ERROR and
// not sent; older versions close without a word, and send them.
func (r *rules) checksLength() bool { return r.since("v1.0") }

// blankIsCommand says whether a blank line is taken for a command: Python 3
// compared bytes with text there.
func (r *rules) blankIsCommand() bool { return r.compat && r.since("v1.0") && !r.since("v1.98") }

// backoff returns the waits between attempts to connect. The program spreads
// them at random, which a machine cannot.
func (r *rules) backoff() (first, longest time.Duration) {
	switch {
	case r.since("v1.12"):
		return 100 * time.Millisecond, time.Second
	case r.since("v1.0"):
		return time.Second, 30 * time.Second
	}
	return time.Second, 5 * time.Second
}

// frame makes the frame of a line to be sent in a direction; nil when the
// program raises an exception instead of sending it.
func (r *rules) frame(dir codec.Direction, line string) codec.Frame {
	if r.checksLength() && len(line) > maxLine {
		return nil
	}
	for i := range len(line) {
		if line[i] == '\n' {
			return nil
		}
	}
	f, _ := synapse.ReadLine(r.dialect, dir, []byte(line)) // a line may be wrong on purpose
	if f == nil {
		return nil
	}
	return f
}

// milliseconds returns a time as lines have it. Where there is no clock, it
// is counted from the zero time on.
func milliseconds(t time.Time) int64 {
	if t.Year() < 1970 {
		return t.Sub(time.Time{}).Milliseconds()
	}
	return t.UnixMilli()
}
