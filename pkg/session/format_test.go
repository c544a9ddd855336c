package session

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

func TestFormat(t *testing.T) {
	files, err := filepath.Glob("testdata/format/*.wire")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Format(file, src, "")
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		golden(t, strings.TrimSuffix(file, ".wire")+".golden", string(got))
		formatted(t, src, got)
	}
}

func TestFormatSmall(t *testing.T) {
	for src, want := range map[string]string{
		"":                       "",
		"\n\n":                   "",
		"\n# a  \n\n\n\nx":       "# a\n\nx\n",
		"# a\\\nb \n":            "# a\\\nb \n",
		"a\\\n b \r\n":           "a\\\n b \n",
		"> [+1.5]  b ":           "> [+1.500000]  b \n",
		"> [+1 #2/3] b":          "> [#2/3 +1.000000] b\n",
		"> \\\n[#1] b":           "> [#1] b\n",
		"@proto\thg   dialect=x": "@proto hg dialect=x\n",
		"@set a=b  c ":           "@set a=b  c\n",
		"@assert  a  ==  1":      "@assert a  ==  1\n",
		"@sleep \\\n 1s":         "@sleep 1s\n",
		"x\\":                    "x\\\n",
		"frame 1 1 0 1 1 ":       "@proto hg\n> 1 1 0 1 1 \n",
		"raw\n    a  b\n":        "@proto hg\n> raw a  b\n",
	} {
		got, err := Format("doc", []byte(src), "")
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", src, got, err, want)
			continue
		}
		formatted(t, []byte(src), got)
	}
	for src, want := range map[string]string{
		"@slep":                           `doc:1:2: no directive "slep"`,
		"> [x] a":                         `doc:1:4: bracket: "x" is neither a connection nor a time`,
		"httprequest POST /\n BODYFILE x": "doc:2:2: the body of a request is made of frames here",
	} {
		if _, err := Format("doc", []byte(src), ""); err == nil || err.Error() != want {
			t.Errorf("%q: %v", src, err)
		}
	}
}

// formatted checks that formatting again changes nothing, and that a document
// without scripts and directives of sessions has the same bytes.
func formatted(t *testing.T, src, got []byte) {
	t.Helper()
	again, err := Format("again", got, "")
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("%q becomes %q and then %q, %v", src, got, again, err)
	}
	want, err := encoded(src)
	if err != nil {
		return
	}
	if b, err := encoded(got); err != nil || !bytes.Equal(b, want) {
		t.Errorf("%q and %q are %q and %q, %v", src, got, want, b, err)
	}
}

// encoded returns what encode makes of a document.
func encoded(src []byte) (out []byte, err error) {
	enc := humanframe.NewEncoder(registry.Lookup, codec.ToServer, codec.Options{})
	s := humanframe.NewScanner("doc", bytes.NewReader(src))
	for {
		l, err := s.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		item, _, err := enc.Encode(l)
		if err != nil {
			return nil, err
		}
		out = append(append(out, item.Dir.String()...), item.Bytes...)
	}
}

func FuzzFormat(f *testing.F) {
	src, err := os.ReadFile("testdata/all.wire")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte("@proto synapse\n  x \\\n# a\r\n\n\n> [+1] y\\"))
	f.Add([]byte("raw \\x00\\\n\\x01\n  frame a\n#x\\\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if got, err := Format("doc", src, ""); err == nil {
			formatted(t, src, got)
		}
	})
}
