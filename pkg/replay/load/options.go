package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// Options say how much, and for how long.
type Options struct {
	Connections int           // clients; each does one session at a time
	Rate        float64       // sessions that are to begin in a second; 0: each as soon as a client is free
	Duration    time.Duration // none is to begin after it; 0 for no such bound
	Sessions    int           // no more are to begin; 0 for no such bound
	Keep        bool          // connections are kept from one session to the next

	Replay replay.Options
	Web    func() replay.Web // makes what does a client's requests of HTTP; nil for Replay.Web

	// Watch is told from time to time how it stands. Every is how often; 0 is
	// never.
	Watch func(Status)
	Every time.Duration

	// Client makes the clients; nil for those that replay. Tests have others.
	Client func(n int) Client
}

// A Client does sessions, one at a time.
type Client interface {
	// Open prepares for the first session. What goes wrong shows in that.
	Open(ctx context.Context)
	// Run does a session, that of the document with a number. When ctx ends
	// first, Stopped of the report says so.
	Run(ctx context.Context, document int) *replay.Report
	Close()
}

// Bounds of [Options].
const (
	MaxConnections = 1 << 16
	MaxRate        = 1e6
	MaxDuration    = 30 * 24 * time.Hour
)

// Check says what is wrong with o.
func (o *Options) Check() error {
	switch {
	case o.Connections < 1 || o.Connections > MaxConnections:
		return fmt.Errorf("between 1 and %d connections are possible, not %d", MaxConnections, o.Connections)
	case !(o.Rate >= 0 && o.Rate <= MaxRate): // NaN as well
		return fmt.Errorf("a rate is no more than %d/s", int(MaxRate))
	case o.Duration < 0 || o.Duration > MaxDuration:
		return fmt.Errorf("a load lasts no longer than %s", MaxDuration)
	case o.Sessions < 0:
		return errors.New("a number of sessions is not negative")
	case o.Duration == 0 && o.Sessions == 0:
		return errors.New("nothing says when the load is to end")
	}
	return nil
}

// newClient returns the client that replays.
func (o *Options) newClient(docs []*session.Document) Client {
	c := &replayer{o: o.Replay, docs: docs, keep: o.Keep}
	if o.Web != nil {
		c.o.Web = o.Web()
	}
	return c
}

// A replayer is the client that replays. A connection lasts for a session, or
// else it is kept: then there is one for each document.
type replayer struct {
	o    replay.Options
	docs []*session.Document
	keep bool
	kept []*replay.Kept
}

func (c *replayer) Open(ctx context.Context) {
	if !c.keep {
		return
	}
	for _, d := range c.docs {
		k := replay.Keep(d, c.o)
		k.Open(ctx)
		c.kept = append(c.kept, k)
	}
}

func (c *replayer) Run(ctx context.Context, document int) *replay.Report {
	if c.keep {
		return c.kept[document].Run(ctx)
	}
	defer c.idle()
	return replay.Run(ctx, c.docs[document], c.o)
}

// idle ends the connections that a client of HTTP would use again.
func (c *replayer) idle() {
	if web, ok := c.o.Web.(interface{ CloseIdleConnections() }); ok {
		web.CloseIdleConnections()
	}
}

func (c *replayer) Close() {
	for _, k := range c.kept {
		k.Close()
	}
	c.idle()
}
