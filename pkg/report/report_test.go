package report_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"html"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/browser"
	"github.com/wirectl/wirectl/internal/recorded"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/report"
)

var update = flag.Bool("update", false, "write the pictures anew")

// A build is a page, and what it was made of.
type build struct {
	page    []byte
	records int
	bytes   int64
	answers int
}

// of makes the page of a capture.
func of(t *testing.T, name string, o report.Options) build {
	t.Helper()
	s, src := recorded.Open(t, name, testdata.Read(t, name), decode.Options{})
	var b build
	var out bytes.Buffer
	o.Title, o.Wire = filepath.Base(name), humanframe.NewPrinter(registry.Lookup, o.View).AppendText
	p := report.New(&out, o)
	j := decode.NewJoiner()
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		reply, paired := j.Join(r, decode.LinkOf(r))
		if err := p.Record(r, reply, paired); err != nil {
			t.Fatal(err)
		}
		b.records++
		b.bytes += int64(len(r.Bytes))
		if paired {
			b.answers++
		}
	}
	if err := p.Close(&report.About{Conversations: s.Summaries(), Unanswered: j.Unanswered()}); err != nil {
		t.Fatal(err)
	}
	b.page = out.Bytes()
	return b
}

var script = regexp.MustCompile(`<script type="text/plain" class="(\w+)">([^<]*)</script>`)

// chunks returns the elements of one class of a page, together.
func chunks(t *testing.T, page []byte, class string) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	for _, m := range script.FindAllSubmatch(page, -1) {
		if string(m[1]) != class {
			continue
		}
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(m[2])))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		all = append(all, list...)
	}
	return all
}

// TestWhole has each page hold all records and all bytes of a capture.
func TestWhole(t *testing.T) {
	names, err := filepath.Glob(testdata.Path("*/captures/*.pcap"))
	if err != nil || len(names) < 20 {
		t.Fatalf("%d captures: %v", len(names), err)
	}
	root := testdata.Path("")
	for _, path := range names {
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		b := of(t, name, report.Options{MaxBytes: 1 << 30, View: codec.View{Secrets: true}})
		rows, details := chunks(t, b.page, "rows"), chunks(t, b.page, "details")
		if len(rows) != b.records || len(details) != b.records {
			t.Errorf("%s: %d rows and %d details of %d records", name, len(rows), len(details), b.records)
		}
		answers, sum := 0, int64(0)
		for i := range rows {
			var row, detail []any
			if err := errors.Join(json.Unmarshal(rows[i], &row), json.Unmarshal(details[i], &detail)); err != nil {
				t.Fatal(err)
			}
			if len(row) == 14 {
				answers++
			}
			held, err := base64.StdEncoding.DecodeString(detail[1].(string))
			if err != nil {
				t.Fatal(err)
			}
			sum += int64(len(held))
		}
		if sum != b.bytes || answers != b.answers {
			t.Errorf("%s: %d bytes and %d answers; want %d and %d", name, sum, answers, b.bytes, b.answers)
		}
	}
}

// TestSecrets has no page hold what is not to be shown.
func TestSecrets(t *testing.T) {
	const name, secret = "emqp/captures/z_plain.pcap", "s3cret"
	hidden := of(t, name, report.Options{})
	open := of(t, name, report.Options{View: codec.View{Secrets: true}})
	has := func(b build) bool {
		for _, d := range chunks(t, b.page, "details") {
			var detail []any
			if err := json.Unmarshal(d, &detail); err != nil {
				t.Fatal(err)
			}
			held, _ := base64.StdEncoding.DecodeString(detail[1].(string))
			if bytes.Contains(held, []byte(secret)) || bytes.Contains(d, []byte(secret)) {
				return true
			}
		}
		return false
	}
	if !has(open) {
		t.Fatalf("%s has no %q", name, secret)
	}
	if has(hidden) {
		t.Errorf("the page holds the secret")
	}
}

// TestAlone has the page ask for nothing that is elsewhere, and hold nothing of
// a capture as HTML.
func TestAlone(t *testing.T) {
	var out bytes.Buffer
	p := report.New(&out, report.Options{Title: "</title><script>alert(1)</script>"})
	if err := p.Close(&report.About{Files: []string{"</script><b>"}}); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, bad := range []string{"<script>alert", "</script><b>", "http://", "https://", "@import", "url("} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(page, html.EscapeString("</title>")) {
		t.Error("the title is not there")
	}
}

// visit has a script run in a page once it is drawn, and returns what it says.
func visit(t *testing.T, page []byte, script string) string {
	t.Helper()
	const tail = "</body>"
	at := bytes.LastIndex(page, []byte(tail))
	all := append(bytes.Clone(page[:at]), `<script>
const said = [];
const say = (...what) => said.push(what.join(" "));
const key = (on, name) => on.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const settle = () => new Promise((done) => setTimeout(done, 300));
const type = async (text) => { $("filter").value = text; $("filter").dispatchEvent(new Event("input")); await settle(); };
(async () => {
  while (!("ready" in document.documentElement.dataset)) await settle();
  try {
`+script+`
  } catch (e) { say("error", e.stack) }
  document.body.replaceChildren(make("pre", { id: "said" }, said.join("\n")));
})();
</script>`...)
	dom := browser.DOM(t, append(all, page[at:]...))
	_, text, _ := strings.Cut(dom, `<pre id="said">`)
	text, _, ok := strings.Cut(text, "</pre>")
	if !ok {
		t.Fatalf("the page says nothing: %.2000s", dom)
	}
	return html.UnescapeString(text)
}

// TestBrowser uses the page as a reader does.
func TestBrowser(t *testing.T) {
	page := of(t, "emqp/captures/emq_request.pcap", report.Options{}).page
	got := visit(t, page, `
say("rows", rows.length, "shown", $("body").children.length < 40, $("count").textContent);
say("title", $("title").textContent);
await type("type:REQUEST conn:2");
say("filter", $("count").textContent, shown.every((n) => rows[n].type === "REQUEST"));
await type("elapsed>1min");
say("wrong", $("filter").getAttribute("aria-invalid"), $("count").textContent);
await type("-HEARTBEAT");
say("without", shown.some((n) => rows[n].type === "HEARTBEAT"), $("filter").getAttribute("aria-invalid"));
await type("");
$("body").children[4].click();
await settle();
say("click", $("h-detail").textContent, $("body").querySelector("[aria-selected=true]").id);
const field = [...$("tree").children].find((e) => e.textContent.startsWith("type"));
field.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
say("field to bytes:", [...document.querySelectorAll("#hex .hot")].map((e) => e.textContent).join(" "));
document.querySelector("#hex b[data-link]").dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
say("bytes to field:", document.querySelector("#tree .hot .name").textContent);
$("grid").focus();
key($("grid"), "End");
await settle();
say("end", chosen === rows.length - 1, $("grid").getAttribute("aria-activedescendant"));
key($("grid"), "Home");
key($("grid"), "ArrowDown");
await settle();
say("keys", chosen);
key(document.body, "n");
await settle();
say("finding", chosen, $("remarks").textContent);
key(document.body, "/");
say("focus", document.activeElement.id);
key($("filter"), "Escape");
say("focus", document.activeElement.id);
document.querySelector('#conversations [data-conn="3"]').click();
say("conversation", $("filter").value, shown.length);
say("arrows", document.querySelectorAll("#diagram .arrow").length);
document.querySelectorAll("#diagram .arrow")[2].dispatchEvent(new MouseEvent("click", { bubbles: true }));
await settle();
say("arrow", rows[chosen].conn, $("diagram").querySelector("[aria-current=true] text").textContent);
say("plots", document.querySelectorAll("#plots svg").length, $("plots").textContent.includes("46 answers"));
$("theme").click();
say("theme", document.documentElement.dataset.theme);
`)
	want := `rows 105 shown true 105 records
title emq_request.pcap
filter 17 of 105 records true
wrong true min is no unit of time: us, ms or s
without false 
click Record 5: INFORM, 85 bytes at 143 of connection 1 row4
field to bytes: 00 06 77 . . w 6f 72 6b 65 72 o r k e r
bytes to field: flags
end true row104
keys 1
finding 92 subcommand: the subcommand is "walk", not "run": nothing looks at it
focus filter
focus grid
conversation conn:3 5
arrows 5
arrow 3 command READY Socket-Type=ROUTER Iden…
plots 2 true
theme light`
	if got != want {
		t.Errorf("the browser says\n%s\nwant\n%s", got, want)
	}
}

// TestMany opens a page of a hundred thousand records, few of which are
// elements at a time.
func TestMany(t *testing.T) {
	const many = 100_000
	var out bytes.Buffer
	p := report.New(&out, report.Options{Wire: humanframe.NewPrinter(registry.Lookup, codec.View{}).AppendText})
	frame := []byte("\x05\x00\x00\x01\x00\x01\x01\x11heads")
	s, err := decode.NewSession(decode.Options{Protocol: "hg"})
	if err != nil {
		t.Fatal(err)
	}
	src, err := capture.Open("many", bytes.NewReader(bytes.Repeat(frame, many)), capture.Options{Format: capture.Raw})
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range s.Records(src) {
		if err == nil {
			err = p.Record(r, codec.Reply{}, false)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(&report.About{Conversations: s.Summaries()}); err != nil {
		t.Fatal(err)
	}
	got := visit(t, out.Bytes(), `
say(rows.length, document.querySelectorAll("*").length < 2000);
$("grid").focus();
key($("grid"), "End");
await settle();
say(chosen, $("h-detail").textContent, !!$("row99999"));
await type("seq:54321");
say($("count").textContent, $("body").firstChild.id);
`)
	want := `100000 true
99999 Record 100000: command-name, 13 bytes at 1` + "\u202f299\u202f987" + ` of connection 1 true
1 of 100` + "\u202f" + `000 records row54321`
	if got != want {
		t.Errorf("the browser says\n%s\nwant\n%s", got, want)
	}
}

// TestPicture looks at the page in light and in dark.
func TestPicture(t *testing.T) {
	page := of(t, "emqp/captures/emq_request.pcap", report.Options{}).page
	w := browser.Window{Width: 1200, Height: 1400}
	light := browser.Shoot(t, page, w)
	w.Dark = true
	dark := browser.Shoot(t, page, w)
	browser.Golden(t, "testdata/light.png", light, *update)
	browser.Golden(t, "testdata/dark.png", dark, *update)
	// What the comparison is to find.
	if share := browser.Apart(light, dark); share < 0.9 {
		t.Errorf("light and dark are too much alike: %.3f", share)
	}
	bare := browser.Shoot(t, bytes.Replace(page, []byte("<style>"), []byte("<style media=print>"), 1), browser.Window{Width: 1200, Height: 1400})
	if share := browser.Apart(light, bare); share <= browser.MaxShare {
		t.Errorf("a page without its style is not told from one with it: %.3f", share)
	}
}
