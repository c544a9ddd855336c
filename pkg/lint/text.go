package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// Version is the number under "v" in every line of JSON.
const Version = 1

// Where returns the place of a finding, as messages have it: "conn 1 > #12 at
// 340", with the exchange of HTTP where there is one.
func Where(p codec.Place) string {
	text := "conn " + strconv.Itoa(p.Conn)
	if p.Exchange > 0 {
		text += " exchange " + strconv.Itoa(p.Exchange)
	}
	if p.Dir != 0 {
		text += " " + p.Dir.String()
	}
	if p.Seq < 0 {
		return text
	}
	text += " #" + strconv.Itoa(p.Seq)
	if p.Span.End > 0 {
		text += " at " + strconv.FormatInt(p.Span.Start, 10)
	}
	return text
}

// String returns the finding on one line, without its severity.
func (f *Finding) String() string {
	return fmt.Sprintf("%s: %s (%s)", Where(f.Place), f.Message, f.Rule.ID)
}

type jsonFinding struct {
	Version  int    `json:"v"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Proto    string `json:"proto,omitempty"`
	jsonPlace
	Wire    string      `json:"wire,omitempty"`
	Related []jsonPlace `json:"related,omitempty"`
}

type jsonPlace struct {
	Conn     int    `json:"conn"`
	Dir      string `json:"dir,omitempty"`
	Exchange int    `json:"exchange,omitempty"`
	Seq      *int   `json:"seq,omitempty"`
	Time     string `json:"time,omitempty"`
	Offset   *int64 `json:"offset,omitempty"`
	Length   int64  `json:"length,omitempty"`
}

func jsonPlaceOf(p codec.Place) jsonPlace {
	j := jsonPlace{Conn: p.Conn, Exchange: p.Exchange}
	if p.Dir != 0 {
		j.Dir = p.Dir.String()
	}
	if p.Seq >= 0 {
		j.Seq = &p.Seq
		if p.Span.End > 0 {
			j.Offset, j.Length = &p.Span.Start, p.Span.Len()
		}
	}
	if !p.Time.IsZero() {
		j.Time = p.Time.UTC().Format("2006-01-02T15:04:05.000000000Z")
	}
	return j
}

// AppendJSON appends the findings as lines of JSON.
func (r *Result) AppendJSON(dst []byte) ([]byte, error) {
	for i := range r.Findings {
		f := &r.Findings[i]
		j := jsonFinding{
			Version: Version, Rule: f.Rule.ID, Severity: f.Rule.Severity.String(), Message: f.Message, Proto: f.Proto,
			jsonPlace: jsonPlaceOf(f.Place), Wire: f.Wire,
		}
		for _, p := range f.Related {
			j.Related = append(j.Related, jsonPlaceOf(p))
		}
		b, err := marshal(j)
		if err != nil {
			return dst, err
		}
		dst = append(append(dst, b...), '\n')
	}
	return dst, nil
}

type jsonRule struct {
	Version  int    `json:"v"`
	ID       string `json:"rule"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
	Text     string `json:"text"`
}

// AppendRules appends rules as lines of JSON.
func AppendRules(dst []byte, rules []codec.Rule) ([]byte, error) {
	for _, r := range rules {
		b, err := marshal(jsonRule{Version, r.ID, r.Severity.String(), r.Title, r.Text})
		if err != nil {
			return dst, err
		}
		dst = append(append(dst, b...), '\n')
	}
	return dst, nil
}

// marshal is json.Marshal without escapes for HTML.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
