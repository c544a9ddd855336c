package record

import (
	"fmt"
	"strings"
	"testing"
)

// dump tells the nodes of a text: path=text, strings with their prefix.
func dump(src string, list []*node) string {
	var out []string
	for _, item := range list {
		item.leaves(func(n *node) {
			text := n.text(src)
			if n.quoted {
				text = n.prefix + "'" + text + "'"
			}
			out = append(out, n.path+"="+text)
		})
	}
	return strings.Join(out, " ")
}

func TestItems(t *testing.T) {
	for _, c := range []struct{ proto, src, want string }{
		{"zeo", `call 7 loadBefore(oid'00', tid'01')`, `type=call id=7 args[0]=oid'00' args[1]=tid'01'`},
		{"zeo", `reply (oid'00', 3) (x"ab, c", None, {"k": [1, b"\"x"], s"n": 2L})`,
			`type=reply id[0]=oid'00' id[1]=3 args[0]=x'ab, c' args[1]=None args[2].k#='k' args[2].k[0]=1 args[2].k[1]=b'\"x' args[2].n#=s'n' args[2].n=2L`},
		{"zeo", `!flag=1 error 5 a.b.Err("x") {"m": ()}`, `type=error id=5 args[0]='x' 3.m#='m'`},
		{"msgq", `{"type": "send","to":"*"} {"a": [-1, "x", {"b": null}]}`,
			`header.type#='type' header.type='send' header.to#='to' header.to='*' body.a#='a' body.a[0]=-1 body.a[1]='x' body.a[2].b#='b' body.a[2].b=null`},
		{"synapse", `RDATA events 54 ["$x y", {"a": "it's"}]`, `command=RDATA 1=events 2=54 3[0]='$x y' 3[1].a#='a' 3[1].a='it's'`},
		{"synapse", `ERROR don't (do`, `command=ERROR 1=don't 2=(do`},
		{"emqp", `REQUEST id=a-b queue= headers=[x, retry:3] "s t" [[10, "d"]]`, `type=REQUEST id=a-b queue= headers[0]=x headers[1]=retry:3 4='s t' 5[0][0]=10 5[0][1]='d'`},
		{"hg", `1 2 0 command-response eos cbor:{b'a': 1}`, `request-id=1 stream-id=2 stream-flags=0 type=command-response flags=eos 5=cbor:{b'a': 6=1}`},
		{"zeo", `reply 1 "open`, `type=reply id=1 args='open`},
		{"zeo", `reply 1 (1, [2`, `type=reply id=1 args[0]=1 args[1][0]=2`},
	} {
		tab := tables(c.proto)
		got := strings.ReplaceAll(dump(c.src, items(c.src, tab.names, tab.plain)), "'open'", "'open")
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		rule, path string
		want       bool
	}{
		{"**", "args[0]", true},
		{"**.hb", "1.a.hb", true},
		{"**.hb", "1.hbx", false},
		{"args[*]", "args[12]", true},
		{"args[*]", "args", false},
		{"args[*].id", "args[0].id", true},
		{"args[*].id", "args[0].id#", false},
		{"header.seq", "header.seq", true},
	} {
		if got := covers(c.rule, c.path); got != c.want {
			t.Errorf("%s covers %s: %v", c.rule, c.path, got)
		}
	}
}

// FuzzItems wants nodes that stand in the text, one after the other, and in
// their order, whatever the text is.
func FuzzItems(f *testing.F) {
	for _, s := range []string{`call 7 a(oid'00', {"k": (1, 2)})`, `{"type": "send"} {"x": [}`, `!a b={ c="`, `a=[[[`, "", ` "\`} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, src string, plain bool) {
		at := 0
		for _, item := range items(src, []string{"type", "id", "args"}, plain) {
			item.leaves(func(n *node) {
				if n.start < at || n.end < n.start || n.end > len(src) || n.outer[0] > n.start || n.outer[1] < n.end {
					t.Fatalf("%q: node %+v after %d", src, n, at)
				}
				at = n.end
			})
		}
		_ = fmt.Sprint(at)
	})
}
