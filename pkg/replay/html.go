package replay

import (
	"bytes"
	"fmt"
	"html/template"
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
.d { color: var(--fail) } .a { color: var(--pass) }
</style>
<main>
<h1>wirectl replay</h1>
`
)

// htmlEntry is a document: closed when all is well.
var htmlEntry = template.Must(template.New("entry").Funcs(template.FuncMap{"side": side}).Parse(`<details{{if eq .Status "fail"}} open{{end}}>
<summary><b class="{{.Status}}">{{.Status}}</b> {{.Document}} <small>{{.Sum}}, {{.Seconds}} s, {{.Began}}</small></summary>
{{with .Stopped}}<p class="fail">{{.}}</p>
{{end}}<ol>
{{range .Steps}}<li><b class="{{.Status}}">{{.Status}}</b> <small>{{.File}}:{{.Line}}</small> <code>{{.Text}}</code>{{with .Why}} <small>{{.}}</small>{{end}}{{if eq .Status "fail"}}
<pre>{{range .Details}}<span class="{{side .}}">{{.}}</span>
{{end}}</pre>{{end}}</li>
{{end}}</ol>
{{range .Notes}}<p><small>{{.}}</small></p>
{{end}}</details>
`))

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

// AddHTML adds entries to a page. It needs no other files and has no scripts.
func AddHTML(old []byte, list []Entry) ([]byte, error) {
	var b bytes.Buffer
	switch {
	case len(old) == 0:
		b.WriteString(htmlHead)
	case !bytes.HasPrefix(old, []byte("<!DOCTYPE html>")) || !bytes.HasSuffix(old, []byte(htmlEnd)):
		return nil, fmt.Errorf("it is no page of wirectl replay")
	default:
		b.Write(bytes.TrimSuffix(old, []byte(htmlEnd)))
	}
	for i := range list {
		if err := htmlEntry.Execute(&b, &list[i]); err != nil {
			return nil, err
		}
	}
	b.WriteString(htmlEnd)
	return b.Bytes(), nil
}
