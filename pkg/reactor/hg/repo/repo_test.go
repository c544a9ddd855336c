package repo

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/internal/testdata"
	"github.com/wirectl/wirectl/pkg/codec"
	hgcodec "github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/value/cbor"
	"github.com/wirectl/wirectl/pkg/reactor"
	"github.com/wirectl/wirectl/pkg/reactor/hg"
)

func captured(t *testing.T) *Repo {
	t.Helper()
	r, err := Parse(testdata.Read(t, "hg/repo/captured.repo"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func frames(t *testing.T, dialect string, dir codec.Direction, wire []byte) (list []*hgcodec.Frame) {
	t.Helper()
	c, err := hgcodec.Protocol{}.Open(codec.Options{Dialect: dialect})
	if err != nil {
		t.Fatal(err)
	}
	for d := c.Decoder(dir); len(wire) > 0; {
		f, n, err := d.Decode(wire, true)
		if err != nil {
			t.Fatal(err)
		}
		list, wire = append(list, f.Clone().(*hgcodec.Frame)), wire[n:]
	}
	return list
}

// serve gives what a real client sent to a server and returns its answers.
func serve(t *testing.T, r *Repo, dialect string, wire []byte) (answers []codec.Frame) {
	t.Helper()
	o := reactor.Options{DeferOutput: true}
	var m reactor.Machine = hg.NewFinalServer(o)
	if dialect == "seed" {
		m = hg.NewSeedServer(o)
	}
	commands := Default()
	for _, f := range frames(t, dialect, codec.ToServer, wire) {
		for _, a := range m.Step(time.Time{}, reactor.Received{Frame: f}, nil) {
			if ev, ok := commands.Answer(r, a, 2); ok {
				for _, a := range m.Step(time.Time{}, ev, nil) {
					if a.Name() != "noop" {
						t.Errorf("%v", a)
					}
				}
			}
		}
	}
	for _, a := range m.Step(time.Time{}, reactor.EOF{}, nil) {
		if send, ok := a.(reactor.Send); ok {
			answers = append(answers, send.Frames...)
		}
	}
	return answers
}

// The commands answer as the real server did on the same repository, byte for
// byte.
func TestCaptures(t *testing.T) {
	for _, tt := range []struct{ dialect, name string }{
		{"seed", "branchmap.1"}, {"seed", "capabilities.1"}, {"seed", "heads.1"}, {"seed", "listkeys-bookmarks.1"},
		{"seed", "lookup-ok.1"}, {"seed", "lookup-unknown.1"}, {"seed", "multirequest-interleaved.1"}, {"seed", "multirequest-two.1"},
		{"final", "branchmap-identity.2"}, {"final", "capabilities.2"}, {"final", "changesetdata-identity.2"},
		{"final", "changesetdata-missing-arg.2"}, {"final", "heads-identity.2"}, {"final", "heads-publiconly.2"},
		{"final", "known-empty.2"}, {"final", "listkeys-bookmarks.2"}, {"final", "listkeys-namespaces.2"}, {"final", "lookup-ok.2"},
		{"final", "multirequest-interleaved-split.1"}, {"final", "multirequest-two.1"}, {"final", "pushkey-bookmark.2"},
		{"final", "clone-exchangev2-identity.2"}, {"final", "clone-exchangev2-identity.3"},
		{"final", "filesdata-identity.2"}, {"final", "filedata-unknown-path.2"}, {"final", "filedata-big-identity.2"},
	} {
		name := "hg/captures/" + tt.dialect + "/" + tt.name
		r := captured(t)
		if strings.HasPrefix(tt.name, "pushkey") {
			delete(r.Bookmarks, "pushed-mark")
		}
		var got, want []byte
		for _, f := range serve(t, r, tt.dialect, testdata.Read(t, name+".c2s.bin")) {
			got, _ = f.AppendBinary(got)
		}
		for i, f := range frames(t, tt.dialect, codec.ToClient, testdata.Read(t, name+".s2c.bin")) {
			if tt.dialect == "seed" && i > 0 {
				f.StreamFlags &^= hgcodec.StreamBegin // the real server begins a stream for each answer
			}
			want, _ = f.AppendBinary(want)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n%x\nwant\n%x", name, got, want)
		}
		if r.Bookmarks["pushed-mark"].String() != "43747432dcb56455f3c409de55268c1635cd96e3" {
			t.Errorf("%s: bookmarks %v", name, r.Bookmarks)
		}
	}
}

func TestLookup(t *testing.T) {
	r := captured(t)
	for key, want := range map[string]string{
		"tip": "b2ae", "null": "0000", "0": "4512", "-1": "b2ae", "10": "b2ae", "@": "b2ae", "v0.2": "7a31", "stable": "f350", "default": "b2ae",
		"cc": "cc11", "cc112c9cb81c222c1fc9556355a47623ac01f566": "cc11", "11": "", "b": "", "": "", "-12": "", "none": "",
	} {
		n, err := r.Lookup(key)
		if (err != nil) != (want == "") || err == nil && !strings.HasPrefix(n.String(), want) {
			t.Errorf("Lookup(%q) = %v, %v; want %s", key, n, err, want)
		}
	}
	if n, err := New().Lookup("tip"); err != nil || n != (Node{}) {
		t.Errorf("tip of nothing: %v, %v", n, err)
	}
}

func TestPushKey(t *testing.T) {
	const (
		five = "cc112c9cb81c222c1fc9556355a47623ac01f566" // the first draft
		head = "b2ae9c9f672d8252e8aa2198dc4ce16bc1438451"
		six  = "cf6885277a12e6cb22faff9d8f8f37ce82cff373"
	)
	for _, tt := range []struct {
		namespace, key, from, to string
		want                     bool
		after                    string // a key and its value
	}{
		{"bookmarks", "new", "", head, true, "new " + head},
		{"bookmarks", "@", head, five, true, "@ " + five},
		{"bookmarks", "@", five, head, true, "@ " + head}, // is so already
		{"bookmarks", "@", five, six, false, "@ " + head},
		{"bookmarks", "@", head, "", true, "@ "},
		{"bookmarks", "@", head, strings.Repeat("1", 40), false, "@ " + head},
		{"bookmarks", "@", head, "x", false, "@ " + head},
		{"bookmarks", "", "", head, false, "@ " + head},
		{"phases", five, "1", "0", true, six + " 1"},
		{"phases", five, "0", "0", false, five + " 1"},
		{"phases", five, "0", "1", false, five + " 1"},
		{"phases", strings.Repeat("1", 40), "1", "0", false, five + " 1"},
		{"namespaces", "x", "", "y", false, "bookmarks "},
	} {
		r := captured(t)
		before := r.Clone()
		if got := r.PushKey(tt.namespace, tt.key, tt.from, tt.to); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
		key, value, _ := strings.Cut(tt.after, " ")
		if got := r.Keys(tt.namespace)[key]; got != value {
			t.Errorf("%+v: %q is %q", tt, key, got)
		}
		if k := before.Keys("bookmarks"); k["@"] != head || len(k) != 3 || before.Keys("phases")[five] != "1" {
			t.Errorf("%+v changed a copy: %v", tt, k)
		}
	}
}

// Failures are said as Mercurial says them; none of them ends the server.
func TestFailures(t *testing.T) {
	for _, tt := range []struct{ command, args, want string }{
		{"nosuch", "{}", "command unknown wire protocol command: %s [nosuch]"},
		{"heads", "{b'x': 1}", "command unsupported argument to command: x []"},
		{"lookup", "{}", "command missing required arguments: key []"},
		{"lookup", "{b'key': 1}", "command argument key is a int, not a bytes []"},
		{"lookup", "{b'key': b'no-such'}", "server unknown revision 'no-such' []"},
		{"known", "{b'nodes': [b'x']}", "command a node is a byte string of 20, not a bytes of 1 []"},
		{"changesetdata", "{b'revisions': [{b'type': b'x'}]}", "command unknown revision specifier type: %s [x]"},
		{"changesetdata", "{b'revisions': [{b'type': b'changesetexplicit', b'nodes': [b'01234567890123456789']}]}", "command unknown node: %s [3031323334353637383930313233343536373839]"},
		{"changesetdata", "{b'revisions': [1]}", "command unknown revision specifier type: %s []"},
		{"manifestdata", "{b'nodes': [], b'tree': b'x'}", "command unknown tree: %s [x]"},
		{"manifestdata", "{b'nodes': [b'01234567890123456789'], b'tree': b''}", "command unknown node: %s [3031323334353637383930313233343536373839]"},
		{"filedata", "{b'nodes': [b'01234567890123456789'], b'path': b'a'}", "command unknown file node: %s [3031323334353637383930313233343536373839]"},
		{"filesdata", "{b'revisions': [], b'pathfilter': {b'include': [b'glob:x']}}", "command include pattern must begin with `path:` or `rootfilesin:`; got %s [glob:x]"},
		{"changesetdata", "{b'revisions': [], b'fields': {b'x'}}", "command unknown field: %s [x]"},
	} {
		args, err := cbor.ParseLiteral([]byte(tt.args), cbor.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		ev, ok := Default().Answer(captured(t), hg.FinalRun{Request: 1, Command: tt.command, Args: args}, 2)
		if !ok {
			t.Fatal("no answer")
		}
		r := ev.(reactor.Input).Value.(hg.FinalResponse)
		got := "no failure"
		if r.Failure != nil {
			got = map[bool]string{true: "server ", false: "command "}[r.Failure.Server] + r.Failure.Message + " [" + strings.Join(r.Failure.Args, " ") + "]"
		}
		if got != tt.want || len(r.Chunks) > 0 {
			t.Errorf("%s %s: %s, want %s", tt.command, tt.args, got, tt.want)
		}
	}
	ev, _ := Default().Answer(New(), reactor.Run{Request: 3, Command: "nosuch"}, 4)
	if e, ok := ev.(reactor.Input).Value.(hg.ApplicationError); !ok || string(e.Message) != "unknown wire protocol command: nosuch" || e.Request != 3 || e.Stream != 4 {
		t.Errorf("%+v", ev)
	}
	if _, ok := Default().Answer(New(), reactor.Want{}, 2); ok {
		t.Error("an answer to no command")
	}
}

// The table takes other commands, and the one of the package stays.
func TestOtherCommands(t *testing.T) {
	c := Default()
	c.Final["heads"] = FinalCommand{Run: func(*Repo, map[string]cbor.Value, []byte) ([]cbor.Value, error) {
		return []cbor.Value{cbor.Int(1)}, &CommandError{Message: "late"}
	}}
	none, _ := cbor.Dict()
	run := hg.FinalRun{Request: 1, Command: "heads", Args: none}
	ev, _ := c.Answer(New(), run, 2)
	if r := ev.(reactor.Input).Value.(hg.FinalResponse); len(r.Chunks) != 1 || r.Failure == nil {
		t.Errorf("%+v", r)
	}
	ev, _ = Default().Answer(New(), run, 2)
	if r := ev.(reactor.Input).Value.(hg.FinalResponse); r.Failure != nil || !bytes.Contains(bytes.Join(r.Chunks, nil), make([]byte, 20)) {
		t.Errorf("%+v", r)
	}
}

func TestParseErrors(t *testing.T) {
	one := "changeset " + strings.Repeat("1", 40) + " public - default\n"
	for text, want := range map[string]string{
		"x":                                   "line 1: x: no such word",
		"# a\n\nchangeset 1 public - default": "line 3: changeset: a node has 40 hex digits",
		"changeset 1 public -":                "a node, a phase, parents and a branch",
		strings.Replace(one, "public", "secret", 1):           `a phase is public or draft, not "secret"`,
		strings.Replace(one, "-", strings.Repeat("2", 40), 1): "has a parent that is not there",
		one + one:                              "line 2: changeset: changeset 1111111111111111111111111111111111111111 is there already",
		"revision x":                           "no changeset stands before it",
		one + `revision \x`:                    `line 2: revision: `,
		one + "tag " + strings.Repeat("1", 40): "a name is missing",
		"bookmark " + strings.Repeat("1", 40) + " x":                                        "is not there",
		"tag " + strings.Repeat("g", 40) + " x":                                             "invalid byte",
		"filerev " + strings.Repeat("1", 40) + " - x":                                       "no file stands before it",
		"manifest " + strings.Repeat("1", 40):                                               "a node, parents and a text are wanted",
		"manifest " + strings.Repeat("1", 40) + " 2 x":                                      "a node has 40 hex digits",
		"file a\nfilerev " + strings.Repeat("1", 40) + " " + strings.Repeat("2", 40) + " x": "has a parent that is not there",
		"final-capabilities {":                                                              "line 1: final-capabilities: ",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %s", text, err, want)
		}
	}
}
