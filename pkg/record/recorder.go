package record

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// Options say what to record, and how.
type Options struct {
	// Source is the name of what is recorded. The document has it.
	Source string

	Lookup  func(name string) (codec.Protocol, error) // the protocols there are
	Conns   []int                                     // the conversations to record; none for all
	From    time.Duration                             // leave out what came before, counted from the first record
	To      time.Duration                             // leave out what came after; 0 for nothing
	Mask    []string                                  // fields that may be anything, as @ignore has them
	Secrets bool                                      // write passwords and tokens as they are
	Bodies  bool                                      // expect what HTTP carries beside the protocol too
}

// A Recorder makes a session document of records. It is for one goroutine.
type Recorder struct {
	o       Options
	printer *humanframe.Printer
	joiner  *decode.Joiner
	methods map[frameKey]string // of the calls that may get an answer
	begun   time.Time
	lines   []*line
	http    map[exchangeKey]bool
	notes   []string // about conversations, by number
	ends    []*line
	servers map[int]string // where conversations went to
	beside  map[exchangeKey]string

	others map[*node]other // what differs in another recording
	left   map[int]int     // records of conversations without a protocol
	masked []string        // the secrets that were masked, by number
	made   []string        // what new values stand for, in the order of the document
}

type frameKey struct{ conn, seq int }

type exchangeKey struct{ conn, exchange int }

// A line is one frame, stretch of bytes, gap or end of the document.
type line struct {
	head    codec.Record // what the line tells of its record, which is all but the frame
	request string       // the lines of the HTTP request that it is the first of
	text    string
	dir     codec.Direction
	conn    int
	proto   string
	frame   string // see rule.frame; "" for what is no frame
	items   []*node
	bytes   []byte // that were seen
	places  []place
	extra   bool   // the other recording does not have it
	asserts string // lines that follow
}

// end is the text of the end of a direction.
const end = "@eof"

// New returns a Recorder that has no records yet.
func New(o Options) *Recorder {
	r := &Recorder{
		o: o, joiner: decode.NewJoiner(), methods: map[frameKey]string{},
		http: map[exchangeKey]bool{}, left: map[int]int{}, servers: map[int]string{},
	}
	r.printer = humanframe.NewPrinter(o.Lookup, codec.View{Secrets: o.Secrets})
	return r
}

// Add takes in the next record. It keeps nothing of it.
func (r *Recorder) Add(rec *codec.Record) {
	if r.begun.IsZero() {
		r.begun = rec.Time
	}
	method := r.method(rec)
	at := rec.Time.Sub(r.begun)
	switch {
	case len(r.o.Conns) > 0 && !slices.Contains(r.o.Conns, rec.Conn),
		at < r.o.From, r.o.To > 0 && at > r.o.To:
		return
	case rec.Err != nil && rec.Err.Code == decode.CodeUnknown && !slices.Contains(r.o.Conns, rec.Conn):
		r.left[rec.Conn]++
		return
	}
	l := &line{dir: rec.Dir, conn: rec.Conn, proto: rec.Proto, bytes: bytes.Clone(rec.Bytes), head: *rec}
	l.head.Frame, l.head.Bytes = nil, nil
	l.request = r.request(rec)
	l.text = string(r.printer.AppendBody(nil, rec))
	if rec.Frame != nil && !strings.HasPrefix(l.text, "raw ") {
		t := tables(rec.Proto)
		l.frame = rec.Frame.Type()
		if method != "" {
			l.frame += " " + method
		}
		l.items = items(l.text, t.names, t.plain)
		r.secrets(l, rec)
		l.compressed(rec)
	}
	r.bound(l)
	r.lines = append(r.lines, l)
}

// compressed has a payload that the server compressed expected by what it
// holds: its bytes depend on the program that compresses.
func (l *line) compressed(rec *codec.Record) {
	f, ok := rec.Frame.(interface {
		Decoded() (body []byte, encoding string, err error)
	})
	if !ok || l.dir != codec.ToClient || len(l.items) < hgPayload {
		return
	}
	body, encoding, err := f.Decoded()
	if encoding == "" || encoding == "identity" || err != nil {
		return
	}
	start := len(l.text)
	if len(l.items) > hgPayload {
		start = l.items[hgPayload].start
	}
	if start == len(l.text) {
		return
	}
	l.items = l.items[:hgPayload]
	l.places = append(l.places, place{start: start, end: len(l.text), put: hole})
	switch {
	case len(body) == 0 || len(body) > longAssert:
	case utf8.Valid(body) && !bytes.ContainsFunc(body, unicode.IsControl):
		l.asserts = "@assert decoded.text == " + strconv.Quote(string(body)) + "\n"
	default:
		l.asserts = "@assert decoded.hex == \"" + hex.EncodeToString(body) + "\"\n"
	}
}

// longAssert is the longest content that an assertion has.
const longAssert = 4000

// hgPayload is the number of items before the payload of a frame of hg.
const hgPayload = 5

// bound notes that a conversation cannot be had a second time.
func (r *Recorder) bound(l *line) {
	for _, b := range tables(l.proto).bound {
		if strings.HasPrefix(l.text, b[0]) {
			if note := "#" + itoa(l.conn) + " cannot be replayed as it stands: " + b[1] + "."; !slices.Contains(r.notes, note) {
				r.notes = append(r.notes, note)
			}
		}
	}
}

// method returns the name of the method that a call is of, and in an answer
// that of the call.
func (r *Recorder) method(rec *codec.Record) string {
	link := decode.LinkOf(rec)
	reply, answers := r.joiner.Join(rec, link)
	if answers {
		return r.methods[frameKey{reply.Conn, reply.Seq}]
	}
	c, ok := rec.Frame.(interface{ Method() string })
	if !ok || rec.Err != nil {
		return ""
	}
	if link.Role == codec.LinkAsks {
		r.methods[frameKey{rec.Conn, rec.Seq}] = c.Method()
	}
	return c.Method()
}

// request returns the line of the HTTP request that a record is the first of.
func (r *Recorder) request(rec *codec.Record) string {
	key := exchangeKey{rec.Conn, rec.Exchange}
	if rec.HTTP == nil || r.http[key] || rec.HTTP.Method == "" {
		return ""
	}
	r.http[key] = true
	out := "> [#" + itoa(rec.Conn) + "/" + itoa(rec.Exchange) + "] @http " + rec.HTTP.Method + " " + rec.HTTP.Target + "\n"
	for _, h := range rec.HTTP.Header {
		value := h.Value
		if !r.o.Secrets && secretHeaders.Get().MatchString(h.Name) {
			value = "$" + r.secret(value)
		}
		if !transportHeaders.Get().MatchString(h.Name) {
			out += "@header " + h.Name + ": " + value + "\n"
		}
	}
	return out
}

// Header fields that belong to the connection or to the client, and such that
// hold secrets.
var (
	transportHeaders = lazyre.New(`(?i)^(host|content-length|connection|transfer-encoding|accept-encoding|user-agent|expect)$`)
	secretHeaders    = lazyre.New(`(?i)^(authorization|proxy-authorization|cookie)$`)
)

// secrets puts variables in the place of the secrets that were masked in what
// is sent. In what is expected the mask stands for anything.
func (r *Recorder) secrets(l *line, rec *codec.Record) {
	if l.dir != codec.ToServer || !strings.Contains(l.text, codec.Redacted) {
		return
	}
	rest := string(rec.Frame.AppendText(nil, codec.View{Secrets: true}))
	pieces := strings.Split(l.text, codec.Redacted)
	at := 0
	for i, piece := range pieces[:len(pieces)-1] {
		at += len(piece)
		rest = strings.TrimPrefix(rest, piece)
		end := len(rest)
		if next := pieces[i+1]; next != "" {
			end = max(0, strings.Index(rest, next))
		}
		l.places = append(l.places, place{start: at, end: at + len(codec.Redacted), put: "$" + r.secret(rest[:end])})
		at, rest = at+len(codec.Redacted), rest[end:]
	}
}

// secret returns the name of the variable of a secret.
func (r *Recorder) secret(clear string) string {
	i := slices.Index(r.masked, clear)
	if i < 0 {
		i = len(r.masked)
		r.masked = append(r.masked, clear)
	}
	return "secret" + itoa(i+1)
}

// Left returns how many records of each conversation are not in the document
// since no protocol of ours was found in it.
func (r *Recorder) Left() map[int]int { return r.left }

// Note puts a remark at the front of the document.
func (r *Recorder) Note(text string) { r.notes = append(r.notes, text) }

// Lines returns how many frames, stretches of bytes and gaps there are.
func (r *Recorder) Lines() int { return len(r.lines) }
