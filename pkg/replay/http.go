package replay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/session"
)

// Web does requests of HTTP; an [http.Client] is one.
type Web interface {
	Do(*http.Request) (*http.Response, error)
}

// A request is an exchange of HTTP: what is sent is its body, and goes out
// when something is awaited.
type request struct {
	r      *runner
	p      *peer
	method string
	url    string
	header []session.Setting
	media  string   // of our body by default
	known  []string // the types of bodies that hold frames
	body   []byte
	sent   bool
	cancel context.CancelFunc
	ctx    context.Context
	about  string // the answer, when it is worth a remark; of the peer's lock
}

func newRequest(r *runner, p *peer, proto codec.Protocol, dialect string) *request {
	q := &request{r: r, p: p, method: http.MethodPost, url: p.where, media: spoken(proto, dialect)}
	for _, m := range proto.Info().MediaTypes {
		q.known = append(q.known, m.Type)
	}
	q.ctx, q.cancel = context.WithCancel(r.ctx)
	return q
}

// http begins the request of a step.
func (r *runner) http(s *session.HTTP) error {
	p, err := r.peer(s.Head)
	if err != nil {
		return err
	}
	v := Verdict{Place: s.Place, Conn: s.Conn, Cause: Unsendable}
	if p.web == nil {
		v.Why = fmt.Sprintf("%s is no address of HTTP", p.where)
		return r.fail(v)
	}
	if p.web.sent {
		v.Why = "the exchange has a request already: give this one another number, such as [#1/2]"
		return r.fail(v)
	}
	p.web.method = s.Method
	base, err := url.Parse(p.where)
	if err == nil {
		var at *url.URL
		at, err = base.Parse("/" + strings.TrimPrefix(r.rn.Expand(s.Path), "/"))
		if err == nil {
			p.web.url = at.String()
		}
	}
	if err != nil {
		v.Err, v.Why = err, err.Error()
		return r.fail(v)
	}
	for _, h := range s.Header {
		p.web.header = append(p.web.header, session.Setting{Name: h.Name, Value: r.rn.Expand(h.Value)})
	}
	return nil
}

var errSent = errors.New("the request of this exchange has been sent already: what follows needs another, such as [#1/2]")

// add adds to the body.
func (q *request) add(b []byte) error {
	if q.sent {
		return errSent
	}
	q.body = append(q.body, b...)
	return nil
}

// fire sends the request, once. What becomes of it is read by a goroutine.
func (q *request) fire() error {
	if q.sent {
		return nil
	}
	q.sent = true
	req, err := http.NewRequestWithContext(q.ctx, q.method, q.url, bytes.NewReader(slices.Clone(q.body)))
	if err != nil {
		q.over(err)
		return nil
	}
	req.Header.Set("Content-Type", q.media)
	req.Header.Set("Accept", q.media)
	for _, h := range q.header {
		if strings.EqualFold(h.Name, "host") {
			req.Host = h.Value
			continue
		}
		req.Header.Set(h.Name, h.Value)
	}
	q.p.mu.Lock()
	q.p.opened = q.p.now()
	q.p.sent = q.p.opened
	q.p.mu.Unlock()
	go q.do(req)
	return nil
}

func (q *request) do(req *http.Request) {
	res, err := q.r.o.Web.Do(req)
	if err != nil {
		q.over(err)
		return
	}
	defer res.Body.Close()
	about := ""
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if res.StatusCode != http.StatusOK || !slices.Contains(q.known, media) {
		about = fmt.Sprintf("%s %s: %s, %s", req.Method, req.URL.Path, res.Status, media)
	}
	q.p.mu.Lock()
	q.about = about
	q.p.mu.Unlock()
	q.p.read(res.Body)
}

// over ends the exchange without an answer.
func (q *request) over(err error) {
	q.p.mu.Lock()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	q.p.end, q.p.endAt = err, q.p.now()
	q.p.mu.Unlock()
	q.p.signal()
}

// note returns a remark on the answer.
func (q *request) note() string {
	q.p.mu.Lock()
	defer q.p.mu.Unlock()
	return q.about
}
