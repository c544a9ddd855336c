package emqp

import (
	"unicode/utf8"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/emqp"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

// WrongID returns an ACK or the notice that a request was handed over as the
// answer to another message: it is for plans of faults. Other frames have no
// ID of another in them.
func WrongID(f codec.Frame) (codec.Frame, bool) {
	z, ok := unwrap(f)
	if !ok || z.Kind() != zmtp.Message || z.Len() != atBody+1 {
		return nil, false
	}
	command, id := string(z.Body(atCommand)), z.Body(atBody)
	if command != "ACK" && command != "REPLY" || len(id) == 0 || id[0] == '{' || id[len(id)-1] >= utf8.RuneSelf {
		return nil, false
	}
	frames := make([][]byte, z.Len())
	for i := range frames {
		frames[i] = append([]byte(nil), z.Body(i)...)
	}
	last := &frames[atBody][len(id)-1]
	if *last++; *last > 'z' {
		*last = '0'
	}
	return emqp.New(zmtp.NewMessage(frames...)), true
}
