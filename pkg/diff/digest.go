package diff

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A digest is what the first reading keeps of a record.
type digest struct {
	token uint64    // its type, and what it answers: records of different tokens that differ are never each other's
	whole uint64    // all that is compared, but for the bytes
	bytes uint64    // the bytes
	sig   [2]uint64 // a bit for each field, to tell how much two have in common
	seq   int32
	loose bool   // the bytes do not count, as something in them is ignored or masked
	kind  uint64 // its type alone
	open  bool   // it was read alone, or there are fields that may be anything; sig is of the others
}

// same says whether nothing that counts differs.
func (a *digest) same(b *digest) bool {
	return a.whole == b.whole && (a.bytes == b.bytes || a.loose || b.loose)
}

// A talk is what the first reading keeps of a conversation.
type talk struct {
	Conversation
	began time.Time
	dirs  [2][]digest
}

// A reading is the first reading of a side.
type reading struct {
	talks   []*talk
	byID    map[int]*talk
	records int
}

// digestBoth reads both sides at once.
func digestBoth(ctx context.Context, a, b Side, r *rules) (sides [2]*reading, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var errB error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if sides[1], errB = digestSide(ctx, b, r); errB != nil {
			cancel()
		}
	}()
	sides[0], err = digestSide(ctx, a, r)
	if err != nil {
		cancel()
	}
	<-done
	if errB != nil && (err == nil || errors.Is(err, context.Cause(ctx))) {
		err = errB
	}
	return sides, err
}

func digestSide(ctx context.Context, s Side, r *rules) (*reading, error) {
	rd := &reading{byID: map[int]*talk{}}
	g := digester{rules: r, asks: map[askKey]uint64{}}
	for rec, err := range s.Read() {
		if err == nil {
			err = context.Cause(ctx)
		}
		if rd.records++; err == nil && rd.records > r.MaxRecords {
			err = fmt.Errorf("%s: there are more than %d records", s.Name, r.MaxRecords)
		}
		if err != nil {
			return nil, err
		}
		rd.talk(rec).add(rec, &g)
	}
	return rd, context.Cause(ctx)
}

// talk returns the conversation of a record.
func (rd *reading) talk(rec Record) *talk {
	t := rd.byID[rec.Conn]
	if t == nil {
		t = &talk{Conversation: Conversation{ID: rec.Conn, Client: rec.Client, Server: rec.Server}, began: rec.Time}
		rd.byID[rec.Conn] = t
		rd.talks = append(rd.talks, t)
	}
	return t
}

func (t *talk) add(rec Record, g *digester) {
	if valid(rec.Record) { // other bytes may be of any protocol
		t.Proto = rec.Proto
	}
	if rec.Dialect != "" {
		t.Dialect = rec.Dialect
	}
	t.Records++
	side := 0
	if rec.Dir == codec.ToClient {
		side = 1
	}
	t.dirs[side] = append(t.dirs[side], g.digest(rec, t.began))
}

// A digester makes digests of the records of one side.
type digester struct {
	*rules
	doc  document
	asks map[askKey]uint64 // the tokens of requests that wait
	at   []string
	open [][]string
	leaf []byte
	hash uint64
	d    digest
}

// askKey names a request: see [codec.Link].
type askKey struct {
	proto          string
	key            codec.LinkKey
	conn, exchange int
}

// maxAsks is how many requests may wait for an answer.
const maxAsks = 100_000

func (g *digester) digest(rec Record, began time.Time) digest {
	g.d = digest{seq: int32(rec.Seq), loose: rec.Masked, token: g.token(rec.Record), open: rec.Alone}
	if g.open = rec.Open; valid(rec.Record) {
		g.d.kind = fnv(offset64, rec.Record.Frame.Type())
	}
	g.d.bytes = maphash.Bytes(g.seed, rec.Bytes)
	g.doc.load(g.rules, rec.Record, began)
	g.hash = 0
	g.walk(0)
	g.d.whole = g.hash
	if named(g.Ignore, []string{"wire"}) {
		g.d.loose = true
	}
	return g.d
}

// token returns the token of a record.
func (g *digester) token(r *codec.Record) uint64 {
	h := uint64(offset64)
	switch {
	case r.IsGap():
		return fnv(h, "gap")
	case !valid(r):
		return fnv(h, "raw")
	}
	h = fnv(h, r.Frame.Type())
	linked, ok := r.Frame.(codec.Linked)
	if !ok {
		return h
	}
	l := linked.Link()
	k := askKey{proto: r.Proto, key: l.Key}
	if !l.Wide {
		k.conn, k.exchange = r.Conn, r.Exchange
	}
	switch l.Role {
	case codec.LinkAsks:
		if len(g.asks) >= maxAsks {
			clear(g.asks)
		}
		if _, known := g.asks[k]; !known {
			g.asks[k] = h
		}
	case codec.LinkAnswers, codec.LinkEnds:
		if asked, known := g.asks[k]; known {
			h = (h ^ asked) * prime64
		}
		if l.Role == codec.LinkEnds {
			delete(g.asks, k)
		}
	}
	return h
}

// walk adds node i of the document, and what is below it, to the digest.
func (g *digester) walk(i int) {
	if len(g.at) > 0 && (g.ignored(g.at) || isOpen(g.open, g.at)) {
		g.d.loose = true
		return
	}
	n := &g.doc.tree.nodes[i]
	if n.end > i+1 {
		order := 0
		g.doc.tree.children(i, func(j int) {
			g.at = append(g.at, g.doc.tree.name(j, order))
			g.walk(j)
			g.at = g.at[:len(g.at)-1]
			order++
		})
	}
	value := []byte{'(', byte(n.kind)} // of what has parts: that it is there
	if n.kind == isLeaf {
		var replaced bool
		value, replaced = plain(g.kinds, n.raw)
		g.d.loose = g.d.loose || replaced
	}
	g.leaf = g.leaf[:0]
	for _, part := range g.at {
		g.leaf = append(append(g.leaf, part...), 0)
	}
	g.leaf = append(g.leaf, 0)
	path := len(g.leaf)
	g.leaf = append(g.leaf, value...)
	// A sum, as the order of an object's members does not count.
	g.hash += maphash.Bytes(g.seed, g.leaf)
	if n.kind != isLeaf {
		return
	}
	bit := fnv(offset64, g.leaf[:min(len(g.leaf), path+256)])
	bit ^= bit >> 32
	g.d.sig[bit>>6&1] |= 1 << (bit & 63)
}

// isOpen says whether a place is one of those that may be anything.
func isOpen(open [][]string, at []string) bool {
	return len(open) > 0 && at[0] == "fields" && slices.ContainsFunc(open, func(path []string) bool { return slices.Equal(path, at[1:]) })
}

// fnv continues the hash h of 64 bits, FNV-1a. It need not stand up to those
// who make collisions: it only guides what is compared with what.
func fnv[T ~string | ~[]byte](h uint64, s T) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime64
	}
	return h
}

const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)
