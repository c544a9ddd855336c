package dump

import (
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Replier is a [Renderer] that can show which record another one answers.
type Replier interface {
	// AppendReply adds the answer's relation to the record that
	// AppendRecord has just appended to dst. conn is that record's own
	// conversation.
	AppendReply(dst []byte, conn int, reply codec.Reply) []byte
}

// AppendReply implements [Replier]: the keys reply_to, reply_to_conn if the
// request is in another conversation, and elapsed, in seconds.
func (j *JSON) AppendReply(dst []byte, conn int, reply codec.Reply) []byte {
	dst = append(dst[:len(dst)-len("}\n")], `,"reply_to":`...)
	dst = strconv.AppendInt(dst, int64(reply.Seq), 10)
	if reply.Conn != conn {
		dst = append(dst, `,"reply_to_conn":`...)
		dst = strconv.AppendInt(dst, int64(reply.Conn), 10)
	}
	if reply.Elapsed >= 0 {
		dst = append(dst, `,"elapsed":`...)
		dst = strconv.AppendFloat(dst, reply.Elapsed.Seconds(), 'f', -1, 64)
	}
	return append(dst, '}', '\n')
}

// AppendReply implements [Replier]: a line below the fields.
func (t *Tree) AppendReply(dst []byte, conn int, reply codec.Reply) []byte {
	text := replyText(conn, reply)
	dst = appendBlanks(dst, treeIndent)
	dst, _ = appendStyled(dst, t.o.Styles.Dim, []byte(text), len(text))
	return append(dst, '\n')
}

func replyText(conn int, reply codec.Reply) string {
	text := "answers record " + strconv.Itoa(reply.Seq)
	if reply.Conn != conn {
		text += " of connection " + strconv.Itoa(reply.Conn)
	}
	if reply.Elapsed >= 0 {
		text += " after " + shortDuration(reply.Elapsed)
	}
	return text
}

// shortDuration returns d with three digits or so.
func shortDuration(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}
