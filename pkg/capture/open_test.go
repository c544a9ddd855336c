package capture

import (
	"strings"
	"testing"
)

// collect reads all of a text or file: the bytes of each direction of each
// conversation, and the errors.
func collect(t *testing.T, s Source) (map[string]string, []error) {
	t.Helper()
	parts := map[string][]byte{}
	var errs []error
	for e, err := range s.Events() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		key := string(rune('0'+e.Conn.ID)) + e.Dir.String()
		switch e.Kind {
		case KindData:
			parts[key] = append(parts[key], e.Data...)
		case KindGap:
			parts[key] = append(parts[key], "(gap)"...)
		}
	}
	out := map[string]string{}
	for key, b := range parts {
		out[key] = string(b)
	}
	return out, errs
}

func TestOpenText(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		format   Format
	}{
		{"hello\n", "hello\n", Raw},
		{"68656c6c6f\n", "hello", Hex},
		{"68 65 6c 6c 6f", "hello", Hex},
		{"6", "6", Raw},
		{"6 8\n", "6 8\n", Raw},
		{"00000000  68 65 6c 6c 6f                                    |hello|\n00000005\n", "hello", Hexdump},
		{"00000000: 6865 6c6c 6f                             hello\n", "hello", XXD},
		{"", "", Raw},
	} {
		s, err := Open("in", strings.NewReader(tt.in), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, errs := collect(t, s)
		if got["1>"] != tt.want || len(got) > 1 || errs != nil || s.Info().Format != tt.format {
			t.Errorf("%q: %v %q %v", tt.in, s.Info().Format, got, errs)
		}
	}
}

func TestFormatNames(t *testing.T) {
	for i, name := range Formats() {
		if f, err := ParseFormat(strings.ToUpper(name)); err != nil || f != Format(i) || f.String() != name {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if _, err := ParseFormat("pcapp"); err == nil {
		t.Error("pcapp is a format")
	}
}
