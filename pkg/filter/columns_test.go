package filter

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

func TestColumns(t *testing.T) {
	c, err := CompileColumns(`conn,type, name,args[0],elapsed , [seq,"a,b"][1],len(findings)`, "zeo")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Names(), "|"); got != `conn|type|name|args[0]|elapsed|[seq,"a,b"][1]|len(findings)` {
		t.Errorf("names %s", got)
	}
	if !c.Uses("elapsed") || c.Uses("reply_to") {
		t.Error("what the columns look at is not known")
	}
	now, later := c.Picker(false), c.Picker(false)
	var got [][]any
	var kept []func()
	joined := &codec.Joined{Answers: true, To: codec.Reply{Elapsed: 1500 * time.Millisecond}, Outstanding: -1}
	records(t, "zeo/captures/zeo6-basic.pcap.gz", func(r *codec.Record) {
		values := now.Pick(nil, r)
		if values[4] != nil {
			t.Errorf("elapsed is %v", values[4])
		}
		got = append(got, values)
		keep := later.Keep(r)
		kept = append(kept, func() {
			values[4] = 1.5
			if again := keep(nil, joined); !reflect.DeepEqual(again, values) {
				t.Errorf("later it is %v, and was %v", again, values)
			}
		})
	})
	for _, do := range kept {
		do()
	}
	if want := `[2 call vote <nil> 1.5 a,b 0]`; !strings.Contains(fmt.Sprint(got), want) {
		t.Errorf("none is %s", want)
	}
}

func TestColumnsErrors(t *testing.T) {
	for list, want := range map[string]string{
		"":             "0-0 a name is missing (such as conn,type,name)",
		"conn,,type":   "5-6 a name is missing (such as conn,type,name)",
		"conn, nam":    `6-9 no zeo field "nam" (did you mean name?)`,
		"conn,name + ": "10-11 unexpected token EOF ()",
		"id,seq > ''":  "7-8 invalid operation: > (mismatched types int and string) ()",
	} {
		_, err := CompileColumns(list, "zeo")
		e, ok := errors.AsType[*codec.TextError](err)
		if !ok {
			t.Errorf("%q: %v", list, err)
			continue
		}
		if got := fmt.Sprintf("%d-%d %s (%s)", e.Start, e.End, e.Message, e.Hint); got != want {
			t.Errorf("%q: %s, want %s", list, got, want)
		}
	}
	if _, err := CompileColumns("conn", "none"); err == nil {
		t.Error("there is no such protocol")
	}
}

func TestTemplate(t *testing.T) {
	r := &codec.Record{Proto: "zeo", Conn: 3, Seq: 7, Dir: codec.ToClient, Bytes: []byte("x"), Span: codec.Span{Start: 5, End: 6}, Err: &codec.SyntaxError{Code: "syntax"}}
	for source, want := range map[string]string{
		`{{.conn}} {{.dir}} {{.name}}|{{.args}}`:                        "3 < |",
		`{{printf "%05d" .seq}}{{"\t"}}{{.error | upper}}`:              "00007\tSYNTAX",
		`{{if .elapsed}}slow{{else}}{{len .findings}}{{end}}`:           "0",
		`{{with .error}}error {{.}} in {{$.conn}}{{end}}`:               "error syntax in 3",
		`{{.args.oid}}{{ms .elapsed}}.`:                                 ".",
		`{{left 4 .conn}}|{{right 4 .seq}}`:                             "3   |   7",
		`{{json .error}} {{$x := .conn}}{{$x}} {{"\x1b[31m"}}`:          `"syntax" 3 \x1b[31m`,
		`{{if eq .name "vote"}}y{{else}}n{{end}}{{if not .id}}!{{end}}`: "n!",
		`{{range .findings}}{{.x}}{{end}}{{join "," .args}}`:            "",
		`{{(index . "seq")}}`:                                           "7",
	} {
		c, err := CompileTemplate(source, "zeo")
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got := string(c.Append([]byte(">"), c.Columns().Picker(false).Pick(nil, r)))
		if n, err := c.Err(); err != nil || got != ">"+want {
			t.Errorf("%s: %q, %d %v; want %q", source, got, n, err, want)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for source, want := range map[string]string{
		`{{.nam}}`:                            `3-6 no zeo field "nam" (did you mean name?)`,
		`x {{with .conn}}{{$.tipe}}{{end}}`:   `20-24 no zeo field "tipe" (did you mean time?)`,
		`{{.conn | uper}}`:                    `10-14 no function "uper" (did you mean upper?)`,
		`{{.conn`:                             `0-7 unclosed action (such as {{.conn}} {{.type}} {{.elapsed}})`,
		"a\nb {{end}}":                        `4-11 unexpected {{end}} (such as {{.conn}} {{.type}} {{.elapsed}})`,
		`{{define "x"}}{{end}}`:               `0-21 define and block have no use here ()`,
		`{{if .conn}}{{.args.nam}}`:           `12-25 unexpected EOF (such as {{.conn}} {{.type}} {{.elapsed}})`,
		`{{range .findings}}{{end}}{{.Conn}}`: `29-33 no zeo field "Conn" (did you mean conn?)`,
	} {
		_, err := CompileTemplate(source, "zeo")
		e, ok := errors.AsType[*codec.TextError](err)
		if !ok {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if got := fmt.Sprintf("%d-%d %s (%s)", e.Start, e.End, e.Message, e.Hint); got != want {
			t.Errorf("%q: %s, want %s", source, got, want)
		}
	}
	c, err := CompileTemplate(`{{.conn}} {{index .type 77}}`, "zeo")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := c.Append([]byte("kept"), []any{1, "call"}); string(got) != "kept" {
			t.Errorf("%q", got)
		}
	}
	n, err := c.Err()
	e, ok := errors.AsType[*codec.TextError](err)
	if n != 2 || !ok || e.Start < 10 || e.Start > 20 || !strings.Contains(e.Message, "out of range") {
		t.Errorf("%d times %+v", n, err)
	}
}
