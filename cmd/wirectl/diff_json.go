package main

import (
	"encoding/json"
	"time"

	"github.com/wirectl/wirectl/pkg/diff"
	"github.com/wirectl/wirectl/pkg/dump"
)

// A jsonDifference is a line of diff -o json.
type jsonDifference struct {
	Version      int               `json:"v"`
	Change       string            `json:"change"`
	A            *jsonFrame        `json:"a,omitempty"`
	B            *jsonFrame        `json:"b,omitempty"`
	Parts        []jsonPart        `json:"parts,omitempty"`
	Conversation *jsonConversation `json:"conversation,omitempty"`
}

type jsonFrame struct {
	Conn     int    `json:"conn"`
	Dir      string `json:"dir"`
	Exchange int    `json:"exchange,omitempty"`
	Seq      int    `json:"seq"`
	Time     string `json:"time,omitempty"`
	Offset   int64  `json:"offset"`
	Gap      int64  `json:"gap,omitempty"`
	Length   int64  `json:"length,omitempty"`
	Type     string `json:"type,omitempty"`
	Wire     string `json:"wire,omitempty"`
	Error    string `json:"error,omitempty"`
}

type jsonPart struct {
	Path string          `json:"path"`
	A    json.RawMessage `json:"a,omitempty"`
	B    json.RawMessage `json:"b,omitempty"`
}

type jsonConversation struct {
	Conn    int    `json:"conn"`
	Proto   string `json:"proto,omitempty"`
	Dialect string `json:"dialect,omitempty"`
	Client  string `json:"client,omitempty"`
	Server  string `json:"server,omitempty"`
	Records int    `json:"records"`
}

func jsonFrameOf(f *diff.Frame) *jsonFrame {
	if f == nil {
		return nil
	}
	j := &jsonFrame{
		Conn: f.Conn, Dir: f.Dir.String(), Exchange: f.Exchange, Seq: f.Seq, Offset: f.Span.Start,
		Length: f.Span.Len(), Type: f.Type, Wire: f.Wire, Error: f.Error,
	}
	if f.Gap {
		j.Gap, j.Length = j.Length, 0
	}
	if !f.Time.IsZero() {
		j.Time = f.Time.UTC().Format(time.RFC3339Nano)
	}
	return j
}

func jsonConversationOf(c *diff.Conversation) *jsonConversation {
	if c == nil {
		return nil
	}
	return &jsonConversation{c.ID, c.Proto, c.Dialect, c.Client, c.Server, c.Records}
}

// json writes an object for each difference.
func (s *diffShower) json(r *diff.Result) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	put := func(d jsonDifference) error {
		d.Version = dump.Version
		return enc.Encode(d)
	}
	for _, p := range r.Pairs {
		var err error
		switch {
		case p.B == nil:
			err = put(jsonDifference{Change: diff.Removed.String(), Conversation: jsonConversationOf(p.A)})
		case p.A == nil:
			err = put(jsonDifference{Change: diff.Added.String(), Conversation: jsonConversationOf(p.B)})
		}
		if err != nil {
			return err
		}
		for _, h := range p.Hunks {
			for _, f := range h {
				if f.Change == diff.Same {
					continue
				}
				d := jsonDifference{Change: f.Change.String(), A: jsonFrameOf(f.A), B: jsonFrameOf(f.B)}
				for _, part := range f.Parts {
					d.Parts = append(d.Parts, jsonPart{part.Path, part.A, part.B})
				}
				if err := put(d); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// statJSON writes one object with the counts.
func (s *diffShower) statJSON(r *diff.Result) error {
	type counts struct {
		Same    int `json:"same"`
		Changed int `json:"changed"`
		Removed int `json:"removed"`
		Added   int `json:"added"`
	}
	type pair struct {
		A *jsonConversation `json:"a,omitempty"`
		B *jsonConversation `json:"b,omitempty"`
		counts
	}
	type part struct {
		Path   string `json:"path"`
		Frames int    `json:"frames"`
	}
	out := struct {
		Version int `json:"v"`
		counts
		Conversations []pair `json:"conversations"`
		Parts         []part `json:"parts"`
	}{Version: dump.Version, counts: counts(r.Total), Conversations: []pair{}, Parts: []part{}}
	for _, p := range r.Pairs {
		out.Conversations = append(out.Conversations, pair{jsonConversationOf(p.A), jsonConversationOf(p.B), counts(p.Counts)})
	}
	for _, p := range r.Paths {
		out.Parts = append(out.Parts, part(p))
	}
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}
