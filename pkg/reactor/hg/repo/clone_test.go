package repo

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // what nodes are made of
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	hgcodec "github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
)

// Every node is the hash of its parents and its text.
func TestNodes(t *testing.T) {
	r := captured(t)
	n := 0
	check := func(node Node, parents []Node, text []byte) {
		t.Helper()
		both := append(slices.Clone(parents), Node{}, Node{})[:2]
		slices.SortFunc(both, func(a, b Node) int { return bytes.Compare(a[:], b[:]) })
		if sum := sha1.Sum(slices.Concat(both[0][:], both[1][:], text)); sum != node { //nolint:gosec // as above
			t.Errorf("%v has the hash %x", node, sum)
		}
		n++
	}
	for _, c := range r.changesets {
		check(c.Node, c.Parents, c.Revision)
	}
	for _, v := range r.manifest.revisions {
		check(v.Node, v.Parents, v.Text)
	}
	for _, l := range r.files {
		for _, v := range l.revisions {
			check(v.Node, v.Parents, v.Text)
		}
	}
	if n != 11+11+24 {
		t.Errorf("%d revisions", n)
	}
}

// patch applies a difference: pieces of start, end, length, each 4 octets,
// big-endian, and as many bytes as length says.
func patch(base, delta []byte) (out []byte) {
	at := uint32(0)
	for len(delta) > 0 {
		start, end, n := binary.BigEndian.Uint32(delta), binary.BigEndian.Uint32(delta[4:]), binary.BigEndian.Uint32(delta[8:])
		out = append(append(out, base[at:start]...), delta[12:12+n]...)
		at, delta = end, delta[12+n:]
	}
	return append(out, base[at:]...)
}

// contents returns what an answer says, with differences applied.
func contents(t *testing.T, list []*hgcodec.Frame) (lines []string) {
	t.Helper()
	var body []byte
	for _, f := range list {
		if f.TypeID == hgcodec.FinalCommandResponse {
			body = append(body, f.Payload...)
		}
	}
	var values []cbor.Value
	for len(body) > 0 {
		var tree cbor.Tree
		n, err := tree.Parse(body, cbor.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		v, _ := tree.Value(0)
		values, body = append(values, v), body[n:]
	}
	texts := map[string][]byte{}
	for i := 0; i < len(values); i++ {
		m := values[i]
		node, ok := m.Get("node")
		if !ok {
			lines = append(lines, fmt.Sprint(m.Get("totalitems")), fmt.Sprint(m.Get("totalpaths")), fmt.Sprint(m.Get("path")))
			continue
		}
		parents, _ := m.Get("parents")
		i++
		data, _ := values[i].Bytes()
		if base, ok := m.Get("deltabasenode"); ok {
			data = patch(texts[text(base)], data)
		}
		texts[text(node)] = data
		lines = append(lines, fmt.Sprintf("%x %v %q", text(node), parents, data))
	}
	return lines
}

// The answers that a clone needs are the real server's, which sends
// differences where this one sends whole texts.
func TestClone(t *testing.T) {
	for _, name := range []string{"clone-exchangev2-identity.4", "clone-exchangev2-identity.5", "manifestdata-identity.2", "filedata-identity.2"} {
		name := "hg/captures/final/" + name
		var sent []*hgcodec.Frame
		for _, f := range serve(t, captured(t), "final", testdata.Read(t, name+".c2s.bin")) {
			sent = append(sent, f.(*hgcodec.Frame))
		}
		got, want := contents(t, sent), contents(t, frames(t, "final", codec.ToClient, testdata.Read(t, name+".s2c.bin")))
		if len(want) < 5 || !slices.Equal(got, want) {
			t.Errorf("%s:\n%.3000q\nwant\n%.3000q", name, got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, tt := range []struct{ filter, want string }{
		{"{}", "[a b dir0/c dir0/child0/e dir1/big.txt]"},
		{"{b'include': [b'path:dir0']}", "[dir0/c dir0/child0/e]"},
		{"{b'include': [b'rootfilesin:dir0', b'path:b']}", "[b dir0/c]"},
		{"{b'include': [b'rootfilesin:.']}", "[a b]"},
		{"{b'exclude': [b'path:dir0', b'path:a']}", "[b dir1/big.txt]"},
		{"{b'include': [b'path:.'], b'exclude': [b'rootfilesin:']}", "[dir0/c dir0/child0/e dir1/big.txt]"},
	} {
		v, err := cbor.ParseLiteral([]byte(tt.filter), cbor.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		matches, err := filter(v)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range []string{"a", "b", "dir0/c", "dir0/child0/e", "dir1/big.txt"} {
			if matches(p) {
				got = append(got, p)
			}
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("%s: %v, want %s", tt.filter, got, tt.want)
		}
	}
}
