package replay_test

import (
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/replay"
	"github.com/wirectl/wirectl/pkg/session"
)

// TestEdits runs documents that are not as the peer is, makes the changes that
// the runs ask for, and runs what has become of them.
func TestEdits(t *testing.T) {
	talk := map[string]string{
		"NAME a": "SERVER one\n", "NAME c": "SERVER 1\nSERVER 2\nSERVER 3\n", "NAME s": "SYNC 7\nSERVER 7\n", "NAME q": "",
		"NAME 1": "SERVER 1\n", "NAME 2": "SERVER 2\n",
	}
	for _, tt := range []struct {
		name, doc, want string
		left            int
	}{
		{"nothing", "> NAME a\n< SERVER one\n", "> NAME a\n< SERVER one\n", 0},
		{"another", "# one\n> NAME a\n< SERVER \\\ntwo\n\n> NAME a\n< SERVER one\n", "# one\n> NAME a\n< SERVER one\n\n> NAME a\n< SERVER one\n", 0},
		{"new at the beginning", "> NAME c\n< SERVER 3\n", "> NAME c\n< SERVER 1\n< SERVER 2\n< SERVER 3\n", 0},
		{"new between", "> NAME c\n< SERVER 1\n# the last\n< SERVER 3\n", "> NAME c\n< SERVER 1\n# the last\n< SERVER 2\n< SERVER 3\n", 0},
		{"new at the end", "> NAME c\n< SERVER 1\n", "> NAME c\n< SERVER 1\n< SERVER 2\n< SERVER 3\n", 0},
		{"missing", "> NAME c\n< SERVER 0\n@assert type == \"SERVER\"\n< SERVER 1\n< SERVER 2\n< SERVER 2.5\n< SERVER 3\n", "> NAME c\n< SERVER 1\n< SERVER 2\n< SERVER 3\n", 0},
		{"missing at the end", "> NAME q\n@timeout 20ms\n< SERVER 0\n< SERVER 1\n@timeout none\n> NAME a\n< SERVER one\n", "> NAME q\n@timeout 20ms\n@timeout none\n> NAME a\n< SERVER one\n", 0},
		{"ended", "> nothing\n< SERVER 0\n", "> nothing\n", 0},
		{"kept", "> NAME s\n< SYNC {{n}}\n< ERROR $n\n", "> NAME s\n< SYNC {{n}}\n< SERVER $n\n", 0},
		{"captured anew", "> NAME c\n< ERROR {{n}}\n< SERVER 2\n< SERVER 3\n> NAME $n\n< SERVER $n\n", "> NAME c\n< SERVER {{n}}\n< SERVER 2\n< SERVER 3\n> NAME $n\n< SERVER $n\n", 0},
		{"any order", "> NAME c\n@any-order\n< SERVER 4\n< SERVER 2\n< SERVER 1\n@end\n", "> NAME c\n@any-order\n< SERVER 3\n< SERVER 2\n< SERVER 1\n@end\n", 0},
		{"several times", "@repeat 2\n> NAME a\n< SERVER two\n@end\n", "@repeat 2\n> NAME a\n< SERVER one\n@end\n", 0},
		{"several times, new", "@repeat 2\n> NAME c\n< SERVER 3\n@end\n", "@repeat 2\n> NAME c\n< SERVER 1\n< SERVER 2\n< SERVER 3\n@end\n", 0},
		{"not the same each time", "@repeat 2 i\n> NAME $i\n< SERVER x\n@end\n", "@repeat 2 i\n> NAME $i\n< SERVER x\n@end\n", 2},
		{"asserted", "> NAME a\n< SERVER one\n@assert type == \"ERROR\"\n", "> NAME a\n< SERVER one\n@assert type == \"ERROR\"\n", 1},
		{"another connection", "> [#2] NAME c\n< [#2] SERVER 1\n< [#2] SERVER 3\n", "> [#2] NAME c\n< [#2] SERVER 1\n< [#2] SERVER 2\n< [#2] SERVER 3\n", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(listen(t, answering(talk)))
			o.KeepGoing, o.Align, o.Strict, o.Drain = true, true, true, 100*time.Millisecond
			r := replay.Run(t.Context(), parse(t, proto+tt.doc), o)
			asked := 0
			edits, left := r.Edits(func(*replay.Verdict) bool { asked++; return true })
			if len(left) != tt.left {
				t.Errorf("%d are left: %s", len(left), verdicts(r))
			}
			got, err := session.Rewrite([]byte(proto+tt.doc), edits["doc.wire"])
			if err != nil || string(got) != proto+tt.want {
				t.Fatalf("%v, got\n%s\nwant\n%s\n%s", err, got, proto+tt.want, verdicts(r))
			}
			if r := replay.Run(t.Context(), parse(t, string(got)), o); tt.left == 0 && !r.OK() && tt.name != "ended" {
				t.Errorf("afterwards: %s", verdicts(r))
			}
			none, left := r.Edits(func(*replay.Verdict) bool { return false })
			if len(none) > 0 || len(left) != r.Count(replay.Failed) {
				t.Errorf("not accepted: %v, %d left", none, len(left))
			}
		})
	}
}
