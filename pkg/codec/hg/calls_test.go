package hg

import (
	"reflect"
	"strings"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
)

var (
	_ codec.Ender      = (*conversation)(nil)
	_ codec.Summarizer = (*conversation)(nil)
)

// both puts the two directions of a recorded exchange through a conversation.
func both(t *testing.T, name string) codec.Conversation {
	t.Helper()
	c, err := Protocol{}.Open(codec.Options{Account: true})
	if err != nil {
		t.Fatal(err)
	}
	cutWith(c, codec.ToServer, testdata.Read(t, "hg/captures/"+name+".c2s.bin"), 0)
	cutWith(c, codec.ToClient, testdata.Read(t, "hg/captures/"+name+".s2c.bin"), 0)
	return c
}

func TestSummary(t *testing.T) {
	for name, want := range map[string][]string{
		"final/multirequest-interleaved-split.1": {"1 listkeys ok 2 41 3 162 162 2", "3 listkeys ok 2 42 4 52 52 2"},
		"final/heads-zlib.2":                     {"1 heads ok 1 12 3 71 59 2"},
		"final/filedata-unknown-path.2":          {"1 filedata error 1 227 1 57 57 1"},
		"seed/multirequest-two.1":                {"1 heads ok 1 5 1 82 82 0", "3 branchmap ok 1 9 1 137 137 0"},
	} {
		c := both(t, name)
		columns, rows := c.(codec.Summarizer).Summary()
		var got []string
		for _, r := range rows {
			if len(r) != len(columns) {
				t.Fatalf("%s: %d cells in %d columns", name, len(r), len(columns))
			}
			got = append(got, strings.Join(r, " "))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
		for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
			if fds := c.(codec.Ender).AppendEnd(nil, dir); len(fds) > 0 {
				t.Errorf("%s: %+v", name, fds)
			}
		}
	}
}

func TestUnfinished(t *testing.T) {
	o := finalDialect
	o.Account = true
	c, err := Protocol{}.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	p := newParser(t, finalDialect)
	wire := func(lines ...string) (out []byte) {
		for _, l := range lines {
			f, err := p.Parse(codec.ToServer, codec.Text{Body: []byte(l)})
			if err != nil {
				t.Fatal(err)
			}
			if out, err = f.AppendBinary(out); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	cutWith(c, codec.ToServer, wire(
		"1 1 stream-begin command-request new cbor:{b'name': b'heads'}",
		"3 1 0 command-request new cbor:{b'name': b'known'}",
		`5 1 0 command-request new|more \xa1Dname`,
		"7 1 0 command-request new|have-data cbor:{b'name': b'push'}",
		"7 1 0 command-data eos x",
	), 0)
	codes := func() (out []string) {
		for _, dir := range []codec.Direction{codec.ToServer, codec.ToClient} {
			for _, fd := range c.(codec.Ender).AppendEnd(nil, dir) {
				out = append(out, fd.Code+": "+fd.Message)
			}
		}
		return out
	}
	open := "request-open: request 5, of a name that is not known, is not whole"
	if got := codes(); !reflect.DeepEqual(got, []string{open}) {
		t.Errorf("one direction: %q", got)
	}
	cutWith(c, codec.ToClient, wire(
		"1 2 stream-begin command-response continuation cbor:{b'status': b'ok'}",
		"7 2 0 error-response 0 cbor:{b'type': b'server', b'message': []}",
	), 0)
	want := []string{open, `answer-open: the answer to request 1, "heads", is not whole`, `unanswered: request 3, "known", has no answer`}
	if got := codes(); !reflect.DeepEqual(got, want) {
		t.Errorf("both directions:\n got %q\nwant %q", got, want)
	}
}
