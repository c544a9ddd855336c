package replay

import (
	"bytes"
	"fmt"
	"html/template"
	"sync"
	"time"
)

const (
	htmlEnd  = "</main>\n</html>\n"
	htmlHead = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>wirectl replay</title>
<style>
:root { color-scheme: light dark; --pass: #1a7f37; --fail: #cf222e; --skip: #7d6608; --line: #8884 }
@media (prefers-color-scheme: dark) { :root { --pass: #3fb950; --fail: #ff7b72; --skip: #d29922 } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76em; padding: 1em }
h1 { font-size: 1.3em }
details { border: 1px solid var(--line); border-radius: 6px; margin: .6em 0; padding: .4em .8em }
summary { cursor: pointer; overflow-wrap: anywhere }
b { display: inline-block; min-width: 3em }
.pass { color: var(--pass) } .fail { color: var(--fail) } .skip { color: var(--skip) }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #8881; border-left: 3px solid var(--fail); margin: .3em 0; overflow-x: auto; padding: .5em }
ol { list-style: none; margin: .5em 0; padding: 0 }
li { border-top: 1px solid var(--line); overflow-wrap: anywhere; padding: .25em 0 }
small { opacity: .75 }
#sum { font-weight: bold; margin: 0 }
table { border-collapse: collapse; margin: .5em 0 }
th, td { padding: .15em .7em; text-align: right }
th:first-child, td:first-child, td:last-child { text-align: left }
.d { color: var(--fail) } .a { color: var(--pass) }
</style>
<main>
<h1>wirectl replay</h1>
`
	htmlSum = `<p id="sum"` // begins the line of the summary
)

// htmlEntry is a document: closed when all is well.
var htmlEntry = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("entry").Funcs(template.FuncMap{"side": side, "took": took}).Parse(htmlEntryText))
})

const htmlEntryText = `<details class="{{.Status}}-doc"{{if eq .Status "fail"}} open{{end}}>
<summary><b class="{{.Status}}">{{.Status}}</b> {{.Document}} <small>{{.Sum}}, {{took .Seconds}}, {{.Began}}</small></summary>
{{with .Stopped}}<p class="fail">{{.}}</p>
{{end}}{{with .Table}}<table>
<tr>{{range .Head}}<th>{{.}}</th>{{end}}</tr>
{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>
{{end}}</table>
{{end}}<ol>
{{range .Steps}}<li><b class="{{.Status}}">{{.Status}}</b> <small>{{.File}}{{with .Line}}:{{.}}{{end}}</small> <code>{{.Text}}</code>{{with .Why}} <small>{{.}}</small>{{end}}{{if eq .Status "fail"}}
<pre>{{range .Details}}<span class="{{side .}}">{{.}}</span>
{{end}}</pre>{{end}}</li>
{{end}}</ol>
{{range .Notes}}<p><small>{{.}}</small></p>
{{end}}</details>
`

// side says which side of a difference a line shows: d what was expected, a
// what came.
func side(line string) string {
	switch {
	case len(line) > 4 && line[:4] == "  - ":
		return "a"
	case len(line) > 4 && line[:4] == "  + ":
		return "d"
	}
	return ""
}

func took(seconds float64) string { return short(time.Duration(seconds * float64(time.Second))) }

// AddHTML adds entries to a page. It needs no other files and has no scripts.
func AddHTML(old []byte, list []Entry) ([]byte, error) {
	var body bytes.Buffer
	if len(old) > 0 {
		i := bytes.Index(old, []byte(htmlSum))
		if i < 0 || !bytes.HasPrefix(old, []byte("<!DOCTYPE html>")) || !bytes.HasSuffix(old, []byte(htmlEnd)) {
			return nil, fmt.Errorf("it is no page of wirectl replay")
		}
		_, entries, _ := bytes.Cut(bytes.TrimSuffix(old[i:], []byte(htmlEnd)), []byte("\n"))
		body.Write(entries)
	}
	for i := range list {
		if err := htmlEntry().Execute(&body, &list[i]); err != nil {
			return nil, err
		}
	}
	// What a page holds is escaped: only its own elements look like this.
	passed := bytes.Count(body.Bytes(), []byte(`<details class="pass-doc"`))
	all := passed + bytes.Count(body.Bytes(), []byte(`<details class="fail-doc"`))
	status := Passed
	if passed < all {
		status = Failed
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s class=\"%s\">%d of %s passed</p>\n", htmlHead, htmlSum, status, passed, plural(all, "document"))
	b.Write(body.Bytes())
	b.WriteString(htmlEnd)
	return b.Bytes(), nil
}
