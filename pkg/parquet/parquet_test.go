package parquet_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	library "github.com/parquet-go/parquet-go"

	"github.com/wirectl/wirectl/internal/recorded"
	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/parquet"
)

var columns = map[string][]parquet.Column{
	"hg":      {{Name: "request_id", Kind: parquet.Int}, {Name: "flags"}, {Name: "payload", Kind: parquet.Bytes}, {Name: "continues", Kind: parquet.Bool}},
	"zeo":     {{Name: "id", Kind: parquet.Int}, {Name: "name", Kind: parquet.Text}, {Name: "args"}, {Name: "value"}, {Name: "body", Kind: parquet.Bytes}},
	"synapse": {{Name: "stream_name", Kind: parquet.Text}, {Name: "token", Kind: parquet.Int}, {Name: "is_syncing", Kind: parquet.Bool}, {Name: "row"}},
	"msgq":    {{Name: "header"}, {Name: "body"}},
	"emqp":    {{Name: "msgid", Kind: parquet.Text}, {Name: "identity", Kind: parquet.Bytes}, {Name: "revision", Kind: parquet.Int}, {Name: "frames"}},
}

// TestBack reads recordings back, and holds them to their JSON.
func TestBack(t *testing.T) {
	for proto, fields := range columns {
		pattern := proto + "/captures/*.pcap"
		if proto == "hg" {
			pattern = "hg/captures/*/*.pcap"
		}
		rows := 0
		for _, name := range testdata.Glob(t, pattern) {
			rows += back(t, name, proto, fields)
		}
		if rows < 20 {
			t.Errorf("%s: %d rows", proto, rows)
		}
	}
}

// back returns how many rows there were.
func back(t *testing.T, name, proto string, fields []parquet.Column) int {
	var out bytes.Buffer
	w := parquet.New(&out, proto, fields)
	wire := humanframe.NewPrinter(registry.Lookup, codec.View{}).AppendText
	asJSON := dump.NewJSON(dump.Options{Wire: wire})
	j := decode.NewJoiner()
	var want []map[string]any
	s, src := recorded.Open(t, name, testdata.Read(t, name), decode.Options{Protocol: proto})
	for r, err := range s.Records(src) {
		if err != nil {
			t.Fatal(err)
		}
		joined := j.Add(r, decode.LinkOf(r))
		var text []byte
		if !r.IsGap() {
			text = wire(nil, r)
		}
		if err := w.Write(r, text, codec.View{}, joined.To, joined.Answers); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		line := asJSON.AppendJoined(asJSON.AppendRecord(nil, r), r.Conn, &joined)
		want = append(want, object(t, line))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := read(t, out.Bytes())
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows of %d records", name, len(got), len(want))
	}
	for i, row := range got {
		for _, c := range []string{"conn", "dir", "seq", "offset", "length", "gap", "dialect", "exchange", "type", "wire", "reply_to", "reply_to_conn"} {
			if g, w := fmt.Sprint(row[c]), fmt.Sprint(want[i][c]); g != w && !(c == "wire" && w == "<nil>") {
				t.Errorf("%s, record %d: %s is %s, in JSON %s", name, i, c, g, w)
			}
		}
		if elapsed, ok := want[i]["elapsed"].(json.Number); ok {
			if w, _ := elapsed.Float64(); row["elapsed"] != w {
				t.Errorf("%s, record %d: elapsed is %v, in JSON %v", name, i, row["elapsed"], w)
			}
		}
		if at, ok := want[i]["time"].(string); ok {
			if w, _ := time.Parse(time.RFC3339Nano, at); row["time"] != w.UnixNano() {
				t.Errorf("%s, record %d: time is %v, in JSON %v", name, i, row["time"], at)
			}
		}
		inner, _ := want[i]["fields"].(map[string]any)
		for _, c := range fields {
			g, w := row["fields."+c.Name], inner[c.Name]
			if g == nil {
				g = other(t, row)[c.Name]
			}
			if !same(t, c.Kind, g, w) {
				t.Errorf("%s, record %d: %s is %v, in JSON %v", name, i, c.Name, g, w)
			}
			delete(inner, c.Name)
		}
		for key, w := range inner {
			if g := other(t, row)[key]; fmt.Sprint(g) != fmt.Sprint(w) {
				t.Errorf("%s, record %d: %s is %v, in JSON %v", name, i, key, g, w)
			}
		}
	}
	return len(got)
}

// other returns the fields of a row that have no columns.
func other(t *testing.T, row map[string]any) map[string]any {
	t.Helper()
	text, ok := row["other"].(string)
	if !ok {
		return nil
	}
	return object(t, []byte(text))
}

// object reads JSON, with numbers as they are written.
func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

// same says whether a column has what JSON has.
func same(t *testing.T, k parquet.Kind, got, want any) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return true
	}
	switch k {
	case parquet.JSON:
		back := object(t, []byte(`{"is":`+got.(string)+`}`))
		return fmt.Sprint(back["is"]) == fmt.Sprint(want)
	case parquet.Bytes:
		b, _ := want.(map[string]any)
		if text, ok := b["text"]; ok {
			return got == text
		}
		return hex.EncodeToString([]byte(got.(string))) == b["hex"]
	}
	return false
}

// read returns the rows of a file, without the columns that are null.
func read(t *testing.T, file []byte) []map[string]any {
	t.Helper()
	r := library.NewGenericReader[any](bytes.NewReader(file))
	defer r.Close()
	paths := r.Schema().Columns()
	var list []map[string]any
	rows := make([]library.Row, 100)
	for {
		n, err := r.ReadRows(rows)
		for _, row := range rows[:n] {
			m := map[string]any{}
			for _, v := range row {
				name := paths[v.Column()][0]
				if name == "fields" {
					name += "." + paths[v.Column()][1]
				}
				switch {
				case v.IsNull():
				case v.Kind() == library.ByteArray:
					m[name] = string(v.ByteArray())
				case v.Kind() == library.Int64:
					m[name] = v.Int64()
				case v.Kind() == library.Boolean:
					m[name] = v.Boolean()
				case v.Kind() == library.Double:
					m[name] = v.Double()
				}
			}
			list = append(list, m)
		}
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestForeign has a record of another protocol refused.
func TestForeign(t *testing.T) {
	w := parquet.New(io.Discard, "hg", nil)
	if err := w.Write(&codec.Record{Proto: "zeo", Conn: 3, Bytes: []byte("x")}, nil, codec.View{}, codec.Reply{}, false); err == nil || err.Error() != "conversation 3 is of zeo: a file holds one protocol, here hg" {
		t.Error(err)
	}
}
