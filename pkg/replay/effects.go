package replay

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
	"github.com/wirectl/wirectl/pkg/session"
)

// Recorded says whether a document came from a capture: it says so, it says
// when the capture began, or it says when its frames were seen.
func Recorded(doc *session.Document) bool {
	if doc.Recorded != "" || !doc.Start.IsZero() {
		return true
	}
	timed := false
	doc.All(func(s session.Step) bool {
		h := headOf(s)
		timed = h != nil && h.Timed
		return !timed
	})
	return timed
}

// allowed refuses, before a byte is sent, a recorded document that changes the
// peer.
func (r *runner) allowed() error {
	var err error
	r.doc.All(func(s session.Step) bool {
		send, ok := s.(*session.Send)
		if !ok || !r.asked(send.Place) {
			return true
		}
		if what := r.changes(send, nil); what != "" {
			r.reached[s] = true
			err = r.fail(Verdict{Place: send.Place, Conn: send.Conn, Cause: Refused, Why: refusal(what)})
		}
		return err == nil
	})
	return err
}

func refusal(what string) string {
	return fmt.Sprintf("%s, and this was recorded: --allow-side-effects sends it", what)
}

// changes says what a frame would change for good at the peer; "" is nothing.
// Before the frame is made it goes by its text.
func (r *runner) changes(s *session.Send, f codec.Frame) string {
	if r.o.SideEffects || !r.recorded {
		return ""
	}
	kind := ""
	switch f := f.(type) {
	case nil:
		kind = kindOfText(s.Proto, body(s.Place))
	case *msgq.Frame:
		raw, _ := jsonv.Get(f.Header, "type")
		kind, _ = jsonv.StringValue(raw)
	case *zeo.Frame:
		kind = f.Method()
	case *zmtp.Frame:
		kind = kindOfText("zmtp", string(f.AppendText(nil, codec.View{})))
	default:
		kind = f.Type()
	}
	return effects()[s.Proto][kind]
}

// effects are the frames that change a peer for good, by protocol and kind.
func effects() map[string]map[string]string {
	return map[string]map[string]string{
		"msgq": {"stop": "stop ends the daemon"},
		"emqp": {"DISCONNECT": "DISCONNECT ends the router"},
		"zmtp": {"DISCONNECT": "DISCONNECT ends the router"}, // of emqp
		"synapse": {
			"USER_SYNC":      "USER_SYNC changes who is online",
			"REMOVE_PUSHER":  "REMOVE_PUSHER removes somebody's pusher",
			"FEDERATION_ACK": "FEDERATION_ACK drops what is kept to be sent",
		},
		"zeo": {"pack": "pack removes the history of the storage"},
	}
}

// kindOfText returns the kind of the frame that a text describes.
func kindOfText(proto, text string) string {
	words := strings.Fields(text)
	for len(words) > 0 && strings.HasPrefix(words[0], "!") {
		words = words[1:]
	}
	if len(words) == 0 {
		return ""
	}
	switch proto {
	case "msgq":
		raw, _ := jsonv.Get([]byte(text), "type")
		kind, _ := jsonv.StringValue(raw)
		return kind
	case "zmtp":
		if slices.Contains(words, `"eMQP/1.0"`) && slices.Contains(words, `"DISCONNECT"`) {
			return "DISCONNECT"
		}
		return ""
	case "zeo":
		if len(words) > 2 && (words[0] == "call" || words[0] == "oneway") {
			name, _, _ := strings.Cut(words[2], "(")
			return name
		}
		return ""
	}
	return words[0]
}
