package msgq_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/reactor/msgq"
)

// command returns the body of a command.
func command(name, arg string) []byte {
	return fmt.Appendf(nil, `{"command": [%q, %s]}`, name, arg)
}

// talk has three clients do all that a client can.
func talk(t *testing.T, path string) {
	caller, one, two := dial(t, path, "caller"), dial(t, path, "one"), dial(t, path, "two")
	one.join("Auth", "")
	two.join("Auth", "")
	two.join("Solo", "")

	t.Log("ping, with any body")
	caller.want(msgq.Ping{Body: []byte(`{"x": [1, "ü", null]}`)})
	if got := strings.ReplaceAll(caller.hear(), `\u00fc`, "ü"); got != `pong {"x": [1, "ü", null]}` {
		t.Errorf("got %s", got)
	}

	t.Log("calls: each outcome")
	caller.want(msgq.Call{ID: 1, Group: "Solo", Body: command("echo", `{"k": 1}`)})
	caller.expect(`1 answer {"k": 1} from ` + two.lname)
	caller.want(msgq.Call{ID: 2, Group: "Auth", To: one.lname, Body: command("fail", `null`)})
	caller.expect(`2 error 7 "it failed" from ` + one.lname)
	caller.want(msgq.Call{ID: 3, Group: "Nowhere", Body: command("echo", `1`)})
	caller.expect(`3 no-recipient from msgq`)
	caller.want(msgq.Call{ID: 4, Group: "Auth", To: "no@such", Body: command("echo", `1`)})
	caller.expect(`4 no-recipient from msgq`)
	caller.want(msgq.Call{ID: 5, Group: "Solo", Body: command("silent", `1`), Timeout: 50 * time.Millisecond})
	caller.expect(`5 timeout`)
	two.expect("runs silent")

	t.Log("calls of all members")
	caller.want(msgq.CallAll{ID: 6, Group: "Auth", Body: command("echo", `"a"`)})
	caller.expect(`6 answer "a" from `+one.lname, `6 answer "a" from `+two.lname)
	caller.want(msgq.CallAll{ID: 7, Group: "Empty", Body: command("echo", `"a"`)})
	caller.expect(`7 nobody`)

	t.Log("messages: by group and instance, direct, long, and none after leaving")
	one.join("News", "i1")
	caller.want(msgq.Send{Group: "News", Instance: "i2", Body: []byte(`1`)})
	caller.want(msgq.Send{Group: "News", Body: []byte(`2`)})
	caller.want(msgq.Send{Group: "News", Instance: "i1", Body: []byte(`3`)})
	one.expect(`message News/i1 from ` + caller.lname + ` 3`)
	caller.want(msgq.Send{To: one.lname, Group: "Any", Body: []byte(`4`)})
	one.expect(`message Any/* from ` + caller.lname + ` 4`)
	long := `{"x": "` + strings.Repeat("y", 500_000) + `"}`
	caller.want(msgq.Send{To: one.lname, Group: "Any", Body: []byte(long)})
	if got := one.hear(); got != `message Any/* from `+caller.lname+" "+long {
		t.Errorf("of a message of %d bytes came %d: %.80s", len(long), len(got), got)
	}
	one.want(msgq.Unsubscribe{Group: "News", Instance: "i1"})
	one.settle()
	caller.want(msgq.Send{Group: "News", Instance: "i1", Body: []byte(`5`)})
	caller.settle()
	one.settle() // and not the message

	t.Log("notifications")
	caller.join("notifications/mine", "")
	one.want(msgq.Send{Group: "notifications/mine", Body: []byte(`{"notification": ["happened", {"a": 1}]}`)})
	caller.expect(`message notifications/mine/* from ` + one.lname + ` {"notification": ["happened", {"a": 1}]}`)

	t.Log("callees that leave the group, and that leave")
	caller.want(msgq.Call{ID: 8, Group: "Solo", Body: command("silent", `1`)})
	two.expect("runs silent")
	two.want(msgq.Unsubscribe{Group: "Solo"})
	caller.expect(`8 gone from ` + two.lname)
	caller.want(msgq.Call{ID: 9, Group: "Auth", To: one.lname, Body: command("silent", `1`)})
	one.expect("runs silent")
	_ = one.conn.Close()
	caller.expect(`9 gone from ` + one.lname)
	caller.want(msgq.CallAll{ID: 10, Group: "Auth", Body: command("echo", `true`)})
	caller.expect(`10 answer true from ` + two.lname)
	two.leave(caller)
}

// leave closes the connection of a client, and waits until another has been
// told of it. The real daemon may die of writing to one who has left.
func (e *end) leave(witness *end) {
	e.t.Helper()
	told := func(event, more string) {
		e.t.Helper()
		for !strings.HasSuffix(witness.hear(), fmt.Sprintf(`{"notification": [%q, {"client": %s}]}`, event, more)) {
		}
	}
	witness.want(msgq.Subscribe{Group: "notifications/cc_members"})
	told("subscribed", fmt.Sprintf(`%q, "group": "notifications/cc_members"`, witness.lname))
	e.settle() // nothing is under way to it
	_ = e.conn.Close()
	told("disconnected", fmt.Sprintf("%q", e.lname))
}
