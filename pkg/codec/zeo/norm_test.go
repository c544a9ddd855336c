package zeo

import (
	"bytes"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// norm makes values comparable: the order of dicts and the spelling of floats
// do not count, nor, with Python 3, whether an integer was written as a long.
func norm(t *testing.T, src []byte, py3 bool) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return normValue(v, py3)
}

func normValue(v any, py3 bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = normValue(v[i], py3)
		}
	case map[string]any:
		for k := range v {
			v[k] = normValue(v[k], py3)
		}
		if pairs, ok := v["$d"].([]any); ok {
			sort.Slice(pairs, func(i, j int) bool {
				a, _ := json.Marshal(pairs[i])
				b, _ := json.Marshal(pairs[j])
				return bytes.Compare(a, b) < 0
			})
		}
		if s, ok := v["$f"].(string); ok && (len(s) != 16 || strings.ContainsAny(s, ".-")) {
			if f, err := strconv.ParseFloat(s, 64); err == nil {
				v["$f"] = f
			}
		}
		if s, ok := v["$long"].(string); ok && py3 {
			if len(s) < 16 {
				return json.Number(s)
			}
			return map[string]any{"$int": s}
		}
	}
	return v
}
