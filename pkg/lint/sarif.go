package lint

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// SARIF 2.1.0 (OASIS), as far as it is written here: one run, its rules and
// its results. A place in a capture is no region of the file, which is packets
// or text; so it stands as a logical location and among the properties.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool      sarifTool       `json:"tool"`
	Artifacts []sarifArtifact `json:"artifacts,omitempty"`
	Results   []sarifResult   `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string       `json:"id"`
	ShortDescription sarifText    `json:"shortDescription"`
	FullDescription  sarifText    `json:"fullDescription"`
	Default          sarifDefault `json:"defaultConfiguration"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifArtifact struct {
	Location sarifURI `json:"location"`
}

type sarifURI struct {
	URI   string `json:"uri"`
	Index *int   `json:"index,omitempty"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Related   []sarifLocation `json:"relatedLocations,omitempty"`
	Properties
}

// Properties is the bag that SARIF leaves to the tools.
type Properties struct {
	Bag map[string]any `json:"properties,omitempty"`
}

type sarifLocation struct {
	ID       *int           `json:"id,omitempty"`
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations"`
	Message  *sarifText     `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifURI `json:"artifactLocation"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

// AppendSARIF appends the result as a document of SARIF 2.1.0. Files are the
// captures' names; version is that of the tool.
func (r *Result) AppendSARIF(dst []byte, version string, files []string) ([]byte, error) {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "wirectl", Version: version, Rules: []sarifRule{}}}, Results: []sarifResult{}}
	for i, name := range files {
		if slices.Contains(files[:i], name) {
			continue // each is there once
		}
		run.Artifacts = append(run.Artifacts, sarifArtifact{sarifURI{URI: uri(name)}})
	}
	index := map[string]int{}
	for i, rule := range r.Rules {
		index[rule.ID] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			rule.ID, sarifText{rule.Title}, sarifText{rule.Text}, sarifDefault{rule.Severity.String()},
		})
	}
	place := func(p codec.Place) sarifLocation {
		at := sarifLocation{Logical: []sarifLogical{{Name: Where(p), Kind: "member"}}}
		if len(files) == 1 {
			zero := 0
			at.Physical = &sarifPhysical{sarifURI{URI: uri(files[0]), Index: &zero}}
		}
		return at
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		res := sarifResult{
			RuleID: f.Rule.ID, RuleIndex: index[f.Rule.ID], Level: f.Rule.Severity.String(),
			Message: sarifText{Where(f.Place) + ": " + f.Message}, Locations: []sarifLocation{place(f.Place)}, Properties: Properties{bag(f)},
		}
		for n, p := range f.Related {
			at := place(p)
			at.ID, at.Message = &n, &sarifText{Where(p)}
			res.Related = append(res.Related, at)
		}
		run.Results = append(run.Results, res)
	}
	out := bytes.NewBuffer(dst)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
	return out.Bytes(), err
}

// bag returns the place of a finding in the terms of a capture.
func bag(f *Finding) map[string]any {
	m := map[string]any{"conn": f.Conn}
	if f.Proto != "" {
		m["proto"] = f.Proto
	}
	if f.Dir != 0 {
		m["dir"] = f.Dir.String()
	}
	if f.Exchange > 0 {
		m["exchange"] = f.Exchange
	}
	if f.Seq >= 0 {
		m["seq"] = f.Seq
		if f.Span.End > 0 {
			m["offset"], m["length"] = strconv.FormatInt(f.Span.Start, 10), strconv.FormatInt(f.Span.Len(), 10)
		}
	}
	if f.Wire != "" {
		m["wire"] = f.Wire
	}
	return m
}

// uri makes a relative URI of a file's name.
func uri(name string) string {
	const hex = "0123456789ABCDEF"
	var out []byte
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~' || c == '/':
			out = append(out, c)
		case c == '\\':
			out = append(out, '/')
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}
