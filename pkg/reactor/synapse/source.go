package synapse

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/synapse"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A source is a stream that the main process writes. Before v1.13 rows are
// kept for workers that come later.
type source struct {
	name  string
	token int64 // of its latest row
	rows  []row // oldest first; tokens need not rise: some streams are two tables
	floor int64 // rows up to here are gone
}

type row struct {
	token int64
	text  string // JSON
}

// sources returns the names of the streams that the main process writes.
func (r *rules) sources() []string {
	names := synapse.Streams(r.dialect)
	if r.dialect == "v1.66" { // those of v1.66 itself: others ended before it
		names = slices.DeleteFunc(names, func(s string) bool { return s == "groups" || s == "public_rooms" })
	}
	return names
}

// behindLimit is how many missing rows are too many to be sent.
func (r *rules) behindLimit(stream string) int {
	switch {
	case stream == "presence" || stream == "typing" || stream == "device_lists":
		return 1 << 62
	case r.since("v1.12"):
		return 500000
	}
	return 10000
}

// source returns a stream, a new one when it is first heard of; nil when
// there are too many.
func (m *Main) source(name string) *source {
	s := m.sources[name]
	if s == nil && len(m.order) < maxStreams {
		s = &source{name: name, floor: math.MinInt64}
		m.sources[name] = s
		m.order = append(m.order, s)
	}
	return s
}

// store keeps rows that share a token. Of all rows together the oldest of
// this stream go when they are too many bytes.
func (m *Main) store(s *source, token int64, rows []string) {
	s.token = max(s.token, token)
	if !m.r.perStream() {
		return
	}
	for _, text := range rows {
		s.rows = append(s.rows, row{token, text})
		m.kept += int64(len(text))
	}
	for m.kept > m.r.limit && len(s.rows) > 0 {
		m.forget(s)
	}
}

// forget drops the oldest row of a stream.
func (m *Main) forget(s *source) {
	m.kept -= int64(len(s.rows[0].text))
	s.floor = max(s.floor, s.rows[0].token)
	s.rows = s.rows[1:]
}

// acknowledge drops rows for the federation sender that it has had.
func (m *Main) acknowledge(token int64) {
	s := m.sources["federation"]
	for s != nil && len(s.rows) > 0 && s.rows[0].token <= token {
		m.forget(s)
	}
}

// replicate answers a subscription.
func (m *Main) replicate(t *turn, s *session, f *synapse.Frame) {
	if !m.r.perStream() {
		for _, src := range m.order {
			m.all(t, m.positionLine(src, src.token))
		}
		return
	}
	name, token := string(f.Part("stream_name")), string(f.Part("token"))
	if name != "ALL" {
		m.subscribe(t, s, name, token)
		return
	}
	for _, src := range m.order {
		m.subscribe(t, s, src.name, token)
	}
}

// subscribe sends the rows that a worker has missed, one by one, and where
// the stream is.
func (m *Main) subscribe(t *turn, s *session, name, token string) {
	src := m.sources[name]
	if src == nil {
		s.fail(t, "failed to handle replicate: Exception('unknown stream %s', "+synapse.Repr(name)+")")
		return
	}
	if token != "NOW" && token != "now" {
		from, _ := synapse.ParseInt([]byte(token))
		missed := src.after(from)
		if len(missed) >= m.r.behindLimit(name) || from < src.floor {
			s.fail(t, "failed to handle replicate: Exception("+synapse.Repr("stream "+name+" has fallen behined")+")")
			return
		}
		for _, r := range missed {
			s.say(t, m.rowLine(name, strconv.FormatInt(r.token, 10), r.text))
		}
	}
	s.say(t, m.positionLine(src, src.token))
	s.subscribed[name] = true
}

// after returns the rows beyond a token.
func (s *source) after(token int64) []row {
	if token == s.token {
		return nil
	}
	var rows []row
	for _, r := range s.rows {
		if r.token > token {
			rows = append(rows, r)
		}
	}
	return rows
}

// rowLine makes the line of a row.
func (m *Main) rowLine(stream, token, text string) string {
	if m.r.since("v1.13") {
		token = m.instance + " " + token
	}
	return "RDATA " + stream + " " + token + " " + text
}

// positionLine makes the line that says where a stream is.
func (m *Main) positionLine(s *source, prev int64) string {
	line := "POSITION " + s.name
	if m.r.since("v1.13") {
		line += " " + m.instance
	}
	if m.r.since("v1.22") {
		line += " " + strconv.FormatInt(prev, 10)
	}
	return line + " " + strconv.FormatInt(s.token, 10)
}

// feed sends rows that share a token: "batch" stands for it on all but the
// last. Before v1.13 they go to those who have subscribed.
func (m *Main) feed(t *turn, v Row) {
	src := m.source(v.Stream)
	if src == nil {
		t.dst = append(t.dst, reactor.Reject{Message: fmt.Sprintf("more than %d streams", maxStreams)})
		return
	}
	token := v.Token
	if v.Next {
		token = src.token + 1
	}
	m.store(src, token, v.Rows)
	for i, text := range v.Rows {
		word := "batch"
		if i == len(v.Rows)-1 {
			word = strconv.FormatInt(token, 10)
		}
		f := m.r.frame(codec.ToClient, m.rowLine(v.Stream, word, text))
		if f == nil {
			t.dst = append(t.dst, reactor.Noop{Why: "the row is not sent: its line is too long"})
			continue
		}
		for _, s := range m.everyone() {
			if !m.r.perStream() || s.subscribed[v.Stream] {
				s.send(t, f)
			}
		}
	}
}
