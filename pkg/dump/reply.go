package dump

import (
	"strconv"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
)

// A Replier is a [Renderer] that can show which records answer which.
type Replier interface {
	// AppendJoined adds what other records tell about the record that
	// AppendRecord has just appended to dst. conn is that record's own
	// conversation.
	AppendJoined(dst []byte, conn int, joined *codec.Joined) []byte
}

// AppendJoined implements [Replier]: the keys reply_to, replied_by, each with
// the conversation if it is another one, elapsed, in seconds, and outstanding.
func (j *JSON) AppendJoined(dst []byte, conn int, joined *codec.Joined) []byte {
	dst = dst[:len(dst)-len("}\n")]
	elapsed := time.Duration(-1)
	if joined.Answers {
		dst = appendReply(dst, `,"reply_to":`, `,"reply_to_conn":`, conn, &joined.To)
		elapsed = joined.To.Elapsed
	}
	if joined.Answered {
		dst = appendReply(dst, `,"replied_by":`, `,"replied_by_conn":`, conn, &joined.By)
		if !joined.Answers {
			elapsed = joined.By.Elapsed
		}
	}
	if elapsed >= 0 {
		dst = append(dst, `,"elapsed":`...)
		dst = strconv.AppendFloat(dst, elapsed.Seconds(), 'f', -1, 64)
	}
	if joined.Outstanding >= 0 {
		dst = append(dst, `,"outstanding":`...)
		dst = jsonenc.AppendInt(dst, int64(joined.Outstanding))
	}
	return append(dst, "}\n"...)
}

func appendReply(dst []byte, key, connKey string, conn int, reply *codec.Reply) []byte {
	dst = append(dst, key...)
	dst = jsonenc.AppendInt(dst, int64(reply.Seq))
	if reply.Conn != conn {
		dst = append(dst, connKey...)
		dst = jsonenc.AppendInt(dst, int64(reply.Conn))
	}
	return dst
}

// AppendJoined implements [Replier]: a line below the fields for each of the
// records that it answers and that answered it, and how many requests wait when it is not the only one.
func (t *Tree) AppendJoined(dst []byte, conn int, joined *codec.Joined) []byte {
	if joined.Answers {
		dst = t.appendDim(dst, replyText("answers record ", conn, &joined.To))
	}
	if joined.Answered {
		dst = t.appendDim(dst, replyText("answered by record ", conn, &joined.By))
	}
	if joined.Outstanding > 1 {
		dst = t.appendDim(dst, strconv.Itoa(joined.Outstanding)+" requests wait for an answer")
	}
	return dst
}

func (t *Tree) appendDim(dst []byte, text string) []byte {
	dst = appendBlanks(dst, treeIndent)
	dst, _ = appendStyled(dst, &t.o.Styles.Dim, []byte(text), len(text))
	return append(dst, '\n')
}

func replyText(text string, conn int, reply *codec.Reply) string {
	text += strconv.Itoa(reply.Seq)
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
