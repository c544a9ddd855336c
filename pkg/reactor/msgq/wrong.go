package msgq

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/msgq"
)

var replyOf = lazyre.New(`"reply": (\d+)`)

// WrongID returns a reply as one to the next message: it is for plans of
// faults. Frames that are no reply have no ID that could be wrong.
func WrongID(f codec.Frame) (codec.Frame, bool) {
	text := f.AppendText(nil, codec.View{Secrets: true})
	at := replyOf.Get().FindSubmatchIndex(text)
	if at == nil {
		return nil, false
	}
	n, err := strconv.ParseUint(string(text[at[2]:at[3]]), 10, 63)
	if err != nil {
		return nil, false
	}
	p, err := msgq.Protocol{}.Parser(codec.Options{})
	if err != nil {
		return nil, false
	}
	other, err := p.Parse(codec.ToClient, codec.Text{Body: fmt.Appendf(nil, "%s%d%s", text[:at[2]], n+1, text[at[3]:])})
	if err != nil {
		return nil, false
	}
	return other.Clone(), true
}
