package report

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/decode"
)

// Options say how to write a page. The zero value is usable.
type Options struct {
	Title string // of the page; "" for "capture"
	View  codec.View

	// Wire appends the notation of a record that has bytes.
	Wire func(dst []byte, r *codec.Record) []byte

	// MaxBytes is how many bytes of one record the page holds; the others are
	// only counted. 0 means DefaultMaxBytes.
	MaxBytes int
}

// DefaultMaxBytes is enough for what anybody reads as bytes.
const DefaultMaxBytes = 16 << 10

const (
	rowsPerChunk    = 2000
	detailsPerChunk = 200
	maxBrief        = 160  // bytes of a row's text
	maxFields       = 2000 // of a record
	maxText         = 4000 // bytes of a value, and of the notation
)

//go:embed page
var page embed.FS

// A Writer writes a page as the records come. It keeps one chunk of them.
type Writer struct {
	w   io.Writer
	o   Options
	err error

	start         time.Time
	rows, details chunk
	records       int

	scratch  []byte
	fields   []codec.Field
	findings []codec.Finding
}

// New begins a page.
func New(w io.Writer, o Options) *Writer {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Title == "" {
		o.Title = "capture"
	}
	p := &Writer{w: w, o: o, rows: chunk{class: "rows", limit: rowsPerChunk}, details: chunk{class: "details", limit: detailsPerChunk}}
	p.write([]byte("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width\">\n<title>" + html.EscapeString(o.Title) + " – wirectl report</title>\n<style>\n"))
	p.file("page.css")
	p.write([]byte("</style>\n</head>\n"))
	p.file("page.html")
	return p
}

// scripts are what the page runs, in order.
var scripts = []string{"data.js", "table.js", "detail.js", "diagram.js", "plots.js", "main.js"}

// About is what a page says of the capture as a whole.
type About struct {
	Files         []string
	Conversations []*decode.Summary
	Unanswered    map[int]int // requests of each conversation, by number
	Findings      []Finding   // what a check of the whole has found; nil for what the records tell themselves
	Notes         []string    // what a reader ought to know, such as that something was left out
}

// A Finding is something that a check of the whole has found.
type Finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	Conn     int    `json:"conn"` // of the record that it is about
	Seq      int    `json:"seq"`  // -1 when it is about the conversation
}

// Close ends the page. It does not close what is written to.
func (p *Writer) Close(a *About) error {
	p.flush(&p.rows)
	p.flush(&p.details)
	about, err := json.Marshal(p.about(a))
	if err != nil {
		return err
	}
	// json.Marshal leaves no < in its strings.
	p.write([]byte("<script type=\"application/json\" id=\"about\">"))
	p.write(about)
	p.write([]byte("</script>\n<script>\n\"use strict\";\n"))
	for _, name := range scripts {
		p.file(name)
	}
	p.write([]byte("</script>\n</body>\n</html>\n"))
	return p.err
}

type aboutJSON struct {
	Title         string             `json:"title"`
	Files         []string           `json:"files"`
	Records       int                `json:"records"`
	RowsPerChunk  int                `json:"rowsPerChunk"`
	PerChunk      int                `json:"detailsPerChunk"`
	Start         string             `json:"start,omitempty"`
	Findings      []Finding          `json:"findings"`
	Notes         []string           `json:"notes"`
	Conversations []conversationJSON `json:"conversations"`
}

type conversationJSON struct {
	ID         int      `json:"id"`
	Client     string   `json:"client"`
	Server     string   `json:"server"`
	Protocol   string   `json:"protocol"`
	Why        string   `json:"why"`
	Seconds    float64  `json:"seconds"`
	Frames     [2]int   `json:"frames"`
	Bytes      [2]int64 `json:"bytes"`
	Gaps       int      `json:"gaps"`
	Missing    int64    `json:"missing"`
	Unanswered int      `json:"unanswered"`
	Unfinished []string `json:"unfinished"`
}

func (p *Writer) about(a *About) *aboutJSON {
	j := &aboutJSON{
		Title: p.o.Title, Files: a.Files, Records: p.records, RowsPerChunk: rowsPerChunk, PerChunk: detailsPerChunk,
		Findings: a.Findings, Notes: append([]string{}, a.Notes...), Conversations: []conversationJSON{},
	}
	if !p.start.IsZero() {
		j.Start = p.start.UTC().Format(time.RFC3339Nano)
	}
	for _, s := range a.Conversations {
		proto := s.Protocol
		if s.Dialect != "" {
			proto += " " + s.Dialect
		}
		j.Conversations = append(j.Conversations, conversationJSON{
			ID: s.Conn.ID, Client: s.Conn.Client.String(), Server: s.Conn.Server.String(),
			Protocol: proto, Why: s.Why, Seconds: s.Conn.End.Sub(s.Conn.Start).Seconds(),
			Frames: s.Frames, Bytes: [2]int64{s.Conn.ToServer.Bytes, s.Conn.ToClient.Bytes},
			Gaps: s.Gaps, Missing: s.Missing, Unanswered: a.Unanswered[s.Conn.ID], Unfinished: append([]string{}, s.Unfinished...),
		})
	}
	return j
}

// A chunk gathers the elements of an array, and writes it when it is full.
type chunk struct {
	class string
	limit int
	n     int
	json  []byte
}

// element begins an element.
func (c *chunk) element() {
	if c.n++; c.n == 1 {
		c.json = append(c.json[:0], '[')
	} else {
		c.json = append(c.json, ',', '\n')
	}
}

func (p *Writer) flush(c *chunk) {
	if c.n == 0 {
		return
	}
	c.n = 0
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write(append(c.json, ']'))
	if cerr := z.Close(); err == nil {
		err = cerr
	}
	if err != nil && p.err == nil {
		p.err = err
	}
	p.write(fmt.Appendf(nil, "<script type=\"text/plain\" class=\"%s\">", c.class))
	p.write(base64.StdEncoding.AppendEncode(nil, packed.Bytes()))
	p.write([]byte("</script>\n"))
}

func (p *Writer) write(b []byte) {
	if p.err == nil {
		_, p.err = p.w.Write(b)
	}
}

func (p *Writer) file(name string) {
	b, err := page.ReadFile("page/" + name)
	if err != nil && p.err == nil {
		p.err = err
	}
	p.write(b)
}

func appendInts(dst []byte, list ...int64) []byte {
	for i, n := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, n, 10)
	}
	return dst
}

// appendCut appends text as a string of JSON, cut where it is long.
func appendCut[T ~string | ~[]byte](dst []byte, text T, limit int) []byte {
	if len(text) <= limit {
		return jsonenc.AppendString(dst, text)
	}
	dst = jsonenc.AppendString(dst, text[:limit])
	return append(dst[:len(dst)-1], "…\""...)
}
