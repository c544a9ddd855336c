package dump

import (
	"encoding/csv"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	names := []string{"a", "b,c", "d"}
	rows := [][]any{
		{1, "text", nil},
		{int64(-2), "with, comma", 0.000217},
		{true, "a \"quote\"\nand a line", map[string]any{"text": "tip"}},
		{map[string]any{"hex": "00ff"}, "tab\tesc\x1b[31m", []any{1, "x", map[string]any{"k": nil}}},
		{1e300, " blank", math.Inf(1)},
		{map[string]any{"text": 1}, "<é>", 0.0},
	}
	for form, want := range map[string]string{
		"csv": "a,\"b,c\",d\n1,text,\n-2,\"with, comma\",0.000217\ntrue,\"a \"\"quote\"\"\nand a line\",tip\n" +
			"00ff,tab\tesc\x1b[31m,\"[1,\"\"x\"\",{\"\"k\"\":null}]\"\n1e+300,\" blank\",+Inf\n\"{\"\"text\"\":1}\",<é>,0\n",
		"tsv": "a\tb,c\td\n1\ttext\t\n-2\twith, comma\t0.000217\ntrue\ta \"quote\"\\nand a line\ttip\n" +
			"00ff\ttab\\tesc\\x1b[31m\t[1,\"x\",{\"k\":null}]\n1e+300\t blank\t+Inf\n{\"text\":1}\t<é>\t0\n",
		"json": `{"a":1,"b,c":"text","d":null}` + "\n" + `{"a":-2,"b,c":"with, comma","d":0.000217}` + "\n" +
			`{"a":true,"b,c":"a \"quote\"\nand a line","d":{"text":"tip"}}` + "\n" +
			`{"a":{"hex":"00ff"},"b,c":"tab\tesc\u001b[31m","d":[1,"x",{"k":null}]}` + "\n" +
			`{"a":1e+300,"b,c":" blank","d":null}` + "\n" + `{"a":{"text":1},"b,c":"<é>","d":0}` + "\n",
	} {
		v := NewValues(form, names, false)
		got := v.AppendHeader(nil)
		for _, r := range rows {
			got = v.AppendValues(got, r)
		}
		if string(got) != want {
			t.Errorf("%s:\n%s\nwant\n%s", form, got, want)
		}
		if form != "csv" {
			continue
		}
		back, err := csv.NewReader(strings.NewReader(string(got))).ReadAll()
		if err != nil || len(back) != len(rows)+1 || !reflect.DeepEqual(back[0], names) || back[3][1] != rows[2][1] {
			t.Errorf("read back: %v, %q", err, back)
		}
	}
	safe := NewValues("csv", names, true)
	if got := string(safe.AppendValues(nil, []any{"\x1b[0m", "\x07,\"", nil})); got != "\\x1b[0m,\"\\x07,\"\"\",\n" {
		t.Errorf("safe: %q", got)
	}
}

func TestAligner(t *testing.T) {
	lines := []string{"name\tn\tlast\n", "vote\t7\tx y\n", "é\t12\t\n", "longer than that\t1\tz\n"}
	for hold, want := range map[int]string{
		9: "name               n  last\nvote               7  x y\né                 12\nlonger than that   1  z\n",
		2: "name   n  last\nvote   7  x y\né     12\nlonger than that   1  z\n",
		0: "name  n  last\nvote  7  x y\né     12\nlonger than that  1  z\n",
	} {
		a := NewAligner(hold, Style{})
		var got []byte
		for _, l := range lines {
			got = a.Append(got, []byte(l))
		}
		if got = a.Flush(got); string(got) != want {
			t.Errorf("holding %d:\n%q\nwant\n%q", hold, got, want)
		}
	}
}
