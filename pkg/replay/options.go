package replay

import (
	"context"
	"io"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// Options say how sessions are run.
type Options struct {
	// To is where connections go, by number; 0 is for all that have none of
	// their own. It goes before what @connect says.
	To map[int]string

	// Serve starts the server that @serve asks for. Without it there is none.
	Serve func(ctx context.Context, s *session.Serve) (*Served, error)

	Dial   func(ctx context.Context, address string) (io.ReadWriteCloser, error)
	Web    Web // for http and https
	Lookup func(name string) (codec.Protocol, error)
	Codec  codec.Options // limits; the dialect is that of the document

	Timeout time.Duration // for one answer, where the document names no other
	Retry   time.Duration // after which a peer that cannot be reached is tried again, within Timeout; 0 for not at all
	Total   time.Duration // for the whole session; 0 for any
	Drain   time.Duration // how long to listen at the end for what nobody awaits

	// Speed is how fast what is sent goes out: 0 as soon as what was awaited
	// before has come, 1 as recorded, 2 twice as fast.
	Speed float64

	// Ahead has frames not wait for the answers before them, but for those
	// whose values they need.
	Ahead bool

	Literal     bool // nothing but what the document says is sent
	KeepGoing   bool // go on after a failure
	Align       bool // with KeepGoing: find out what is missing and what is new, and say what the document would have to be
	Strict      bool // what comes at the end and is not awaited is a failure
	From, Until int  // lines of the document that are run; 0 for no bound

	SideEffects bool // what changes the peer is sent even if it was recorded
	Exec        bool // a document may name a program to run

	// Buffered bounds the bytes that have come on a connection and that no
	// step has asked for yet; 64 MiB by default. No more is read then.
	Buffered int64

	// Settings are those of the machine that does the protocol's duties.
	Settings map[string]string

	Step func() // called after each frame that was sent or awaited; may be nil

	Now   func() time.Time                                 // the clock; nil for time.Now
	Sleep func(ctx context.Context, d time.Duration) error // nil for the real one
}

// Defaults of [Options].
const (
	DefaultTimeout  = 5 * time.Second
	DefaultDrain    = 100 * time.Millisecond
	defaultBuffered = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Buffered <= 0 {
		o.Buffered = defaultBuffered
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	return o
}

// Sleep waits, and returns the cause when ctx ends meanwhile.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
