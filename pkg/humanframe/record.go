package humanframe

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A RecordScanner reads records in JSON, one object a line, as the lines of a
// document. Of a record it uses proto, dialect, conn, dir, exchange, time,
// wire and gap.
type RecordScanner struct {
	s              *Scanner
	proto, dialect string
	start          time.Time
	queue          []*Line
}

// NewRecordScanner returns a scanner of the records that s reads.
func NewRecordScanner(s *Scanner) *RecordScanner {
	s.Alone()
	return &RecordScanner{s: s}
}

// Next returns the next line, which may be a directive that the record calls
// for. At the end it returns [io.EOF].
func (s *RecordScanner) Next() (*Line, error) {
	for len(s.queue) == 0 {
		text, err := s.s.read()
		if err != nil {
			return nil, err
		}
		if blank(text) {
			continue
		}
		if err := s.record(text); err != nil {
			return nil, err
		}
	}
	l := s.queue[0]
	s.queue = s.queue[1:]
	return l, nil
}

type jsonRecord struct {
	Proto, Dialect string
	Conn, Exchange int
	Dir            string
	Time           time.Time
	Wire           *string
	Gap            int64
}

func (s *RecordScanner) record(text []byte) error {
	whole := &Line{File: s.s.file, Number: s.s.line, text: text}
	var r jsonRecord
	if err := json.Unmarshal(text, &r); err != nil {
		fault := whole.fault(fmt.Errorf("no JSON record: %w", err))
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			fault.Start = min(max(0, int(e.Offset)-1), len(text))
			fault.End = min(fault.Start+1, len(text))
		}
		return fault
	}
	if r.Wire == nil && r.Gap <= 0 {
		return whole.fault(errors.New(`the record has neither "wire" nor "gap"`))
	}
	if r.Proto != "" && (r.Proto != s.proto || r.Dialect != s.dialect) {
		s.proto, s.dialect = r.Proto, r.Dialect
		l := &Line{File: whole.File, Number: whole.Number, text: whole.text, Directive: "proto", Args: []string{r.Proto}}
		if r.Dialect != "" {
			l.Args = append(l.Args, "dialect="+r.Dialect)
		}
		s.queue = append(s.queue, l)
	}
	if s.start.IsZero() && !r.Time.IsZero() {
		s.start = r.Time
		s.queue = append(s.queue, &Line{File: whole.File, Number: whole.Number, text: whole.text, Directive: "start", Args: []string{r.Time.Format(time.RFC3339Nano)}})
	}
	l := &Line{File: whole.File, Number: whole.Number}
	if r.Wire == nil {
		l.Directive, l.Args = "gap", []string{fmt.Sprint(r.Gap)}
	} else if err := parseLine(l, []byte(*r.Wire)); err != nil {
		return err
	}
	l.Marked, l.Dir = true, codec.ToServer
	if r.Dir == codec.ToClient.String() {
		l.Dir = codec.ToClient
	}
	l.Conn, l.Exchange = r.Conn, r.Exchange
	if d := r.Time.Sub(s.start); !r.Time.IsZero() && d >= 0 {
		l.At, l.Timed = d, true
	}
	s.queue = append(s.queue, l)
	return nil
}
