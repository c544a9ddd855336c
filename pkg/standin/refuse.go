package standin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
	"github.com/wirectl/wirectl/pkg/codec/zeo"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// refuse answers a frame that is not expected with the reason, where the
// protocol has an answer for such a case.
func (s *StandIn) refuse(a *actor, f codec.Frame, why string) {
	text := refusal(a.script, f, plain(why))
	if text == "" {
		return
	}
	answer, err := a.play.run.Other(a.script.proto, a.script.dialect, text)
	if err != nil {
		return // such as a request of a number that no answer can have: the client sees the end
	}
	a.sends++
	s.do(a, reactor.Send{ID: a.sends, Frames: []codec.Frame{answer.Clone()}})
}

// refusedStream is the stream that hg's answer is on: one that a recording
// does not use.
const refusedStream = 254

// refusal returns the answer to a frame, in the notation; "" when the protocol
// has none.
func refusal(of *script, f codec.Frame, why string) string {
	switch f := f.(type) {
	case *hg.Frame:
		if of.dialect == "final" {
			return fmt.Sprintf("%d %d stream-begin error-response 0 cbor:{b'type': b'server', b'message': [{b'msg': b%s}]}", f.RequestID, refusedStream, strconv.Quote(why))
		}
		return fmt.Sprintf("%d %d stream-begin error-response application %s", f.RequestID, refusedStream, strings.ReplaceAll(why, `\`, `\\`))
	case *zeo.Frame:
		words := strings.Fields(string(f.AppendText(nil, codec.View{})))
		if f.Kind() != zeo.KindCall || len(words) < 2 {
			return "" // nobody waits for an answer
		}
		return fmt.Sprintf("error %s ZODB.POSException.StorageError(%s)", words[1], strconv.Quote(why))
	case *msgq.Frame:
		return undelivered(f, why)
	}
	if of.proto == "synapse" {
		return "ERROR " + why
	}
	return ""
}

// undelivered returns msgq's answer to a message that wants one.
func undelivered(f *msgq.Frame, why string) string {
	get := func(key string) string {
		raw, _ := jsonv.Get(f.Header, key)
		return string(raw)
	}
	raw, _ := jsonv.Get(f.Header, "want_answer")
	if f.Skan || get("seq") == "" || get("from") == "" || !jsonv.Truthy(raw) {
		return ""
	}
	header := fmt.Sprintf(`{"type": "send", "from": "msgq", "to": %s`, get("from"))
	for _, key := range []string{"group", "instance", "seq"} {
		if v := get(key); v != "" {
			header += fmt.Sprintf(`, %q: %s`, key, v)
		}
	}
	return fmt.Sprintf(`%s, "reply": %s} {"result": [1, %s]}`, header, get("seq"), strconv.Quote(why))
}

// plain returns a text without what a notation could take for something else.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '…':
			return '~'
		case c < 0x20 || c > 0x7e:
			return '?'
		}
		return c
	}, strings.TrimRight(text, `\ `))
}
