package http1

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Verdict is what [Probe] says.
type Verdict int8

// The verdicts.
const (
	No    Verdict = iota - 1 // it is not HTTP
	Maybe                    // there are too few bytes to tell
	Yes                      // it begins as a head does
)

// Probe judges whether src begins with the head of a request, or in the
// other direction of an answer.
func Probe(d codec.Direction, src []byte) Verdict {
	return probe(d, bytes.TrimLeft(src, "\r\n"))
}

// probe is Probe without blank lines before the head.
func probe(d codec.Direction, src []byte) Verdict {
	if d == codec.ToClient {
		const sign = "HTTP/1."
		n := min(len(src), len(sign))
		switch {
		case string(src[:n]) != sign[:n]:
			return No
		case len(src) < len("HTTP/1.1 200"):
			return Maybe
		case src[8] != ' ' || !digits(src[9:12]):
			return No
		}
		return Yes
	}
	i := 0
	for i < len(src) && ('A' <= src[i] && src[i] <= 'Z' || i > 0 && (src[i] == '-' || src[i] == '_')) {
		i++
	}
	switch {
	case i > 24:
		return No
	case i == len(src):
		return Maybe
	case i < 3 || src[i] != ' ':
		return No
	}
	line := src[i+1:]
	end := bytes.IndexByte(line, '\n')
	if end >= 0 {
		line = line[:end]
	}
	if len(line) > MaxHead {
		return No
	}
	for _, c := range line {
		if c < ' ' && c != '\r' || c == 0x7f {
			return No
		}
	}
	if end < 0 {
		return Maybe
	}
	words := bytes.Split(bytes.TrimRight(line, "\r"), []byte(" "))
	if len(words) != 2 || len(words[0]) == 0 || !bytes.HasPrefix(words[1], []byte("HTTP/1.")) {
		return No
	}
	return Yes
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// wait reports whether buf, to which b was just added, need not be looked at
// again: so the work is in proportion to the bytes however small their pieces
// are.
func (s *side) wait(b []byte) bool {
	if len(b) < len(s.buf) && len(s.buf) < s.look && bytes.IndexByte(b, '\n') < 0 {
		return true
	}
	s.look = 2 * len(s.buf)
	return false
}

// headBytes takes bytes of a head.
func (s *side) headBytes(b []byte) []byte {
	had := len(s.buf)
	s.buf = append(s.buf, b...)
	if s.wait(b) {
		return nil
	}
	blank := len(s.buf) - len(bytes.TrimLeft(s.buf, "\r\n"))
	if Probe(s.dir, s.buf) == No {
		s.notHTTP("it does not begin as a head does")
		return nil
	}
	from := max(blank, had-3) // no end was found before
	end := headEnd(s.buf[from:])
	if end >= 0 {
		end += from
	}
	if end-blank > MaxHead || end < 0 && len(s.buf)-blank > MaxHead {
		s.notHTTP("a head of more than 65536 bytes")
		return nil
	}
	if end < 0 {
		return nil
	}
	h := parseHead(s.dir, s.buf[blank:end])
	rest := b[end-had:]
	s.buf = s.buf[:end]
	if h == nil {
		s.skip(s.buf, "a head that cannot be read")
		s.buf = s.buf[:0:0]
		s.lose("after a head that cannot be read")
		return rest
	}
	at := s.offset
	s.taken()
	s.begin(h, at)
	return rest
}

// begin opens a message.
func (s *side) begin(h *Head, at int64) {
	s.head, s.body = h, 0
	if s.dir == codec.ToServer {
		s.exchange = s.c.request(h)
	} else {
		s.exchange = s.c.answer(h)
	}
	s.emit(Part{Kind: HeadPart, Offset: at})
	asked := ""
	if h.Request != nil {
		asked = h.Request.Method
	}
	answer := s.dir == codec.ToClient
	switch {
	case answer && (h.Status == 101 || asked == "CONNECT" && h.Status/100 == 2):
		s.c.tunnel = true
		s.finish("")
	case answer && (asked == "HEAD" || h.Status > 0 && h.Status < 200 || h.Status == 204 || h.Status == 304):
		s.finish("")
	case h.Chunked:
		s.state = inSize
	case h.Length > 0:
		s.state, s.left = inLength, h.Length
	case h.cut && h.Length < 0:
		s.state = inGuess
	case h.Length == 0 || !answer:
		s.finish("")
	default:
		s.state = inClose
	}
}

// headEnd returns the length of the head that b begins with, with the blank
// line, or -1.
func headEnd(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return -1
		}
		at += i + 1
		switch rest := b[at:]; {
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return at + 2
		case bytes.HasPrefix(rest, []byte("\n")):
			return at + 1
		}
	}
}

// parseHead reads a head, or returns nil.
func parseHead(d codec.Direction, b []byte) *Head {
	if Probe(d, b) != Yes {
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(b), "\r\n"), "\n")
	h := &Head{Length: -1}
	first := strings.TrimRight(lines[0], "\r")
	if d == codec.ToClient {
		h.Proto = first[:8]
		h.Status, _ = strconv.Atoi(first[9:12])
		h.Reason = strings.TrimSpace(first[12:])
	} else {
		h.Method, first, _ = strings.Cut(first, " ")
		h.Target, h.Proto, _ = strings.Cut(first, " ")
	}
	for _, line := range lines[1:] {
		line = strings.TrimRight(line, "\r")
		if n := len(h.Fields); n > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') { // an old fold
			h.Fields[n-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		h.Fields = append(h.Fields, Field{name, strings.TrimSpace(value)})
	}
	h.framing()
	return h
}

// framing reads the fields that say what the body is and where it ends.
func (h *Head) framing() {
	for _, f := range h.Fields {
		switch strings.ToLower(f.Name) {
		case "content-type":
			mt, _, _ := strings.Cut(f.Value, ";")
			h.MediaType = strings.ToLower(strings.TrimSpace(mt))
		case "content-encoding":
			h.Encoding = strings.ToLower(f.Value)
		case "content-length":
			if n, err := strconv.ParseUint(f.Value, 10, 62); err == nil && h.Length < 0 {
				h.Length = int64(n)
			}
		case "transfer-encoding":
			list := strings.Split(strings.ToLower(f.Value), ",")
			h.Chunked = strings.TrimSpace(list[len(list)-1]) == "chunked"
		}
	}
	if h.Chunked {
		h.Length = -1
	}
}

// Get returns the value of the first header field of that name, in any case.
func (h *Head) Get(name string) string {
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// seek looks for the next head, which begins after a line break, or where
// bytes begin again after a gap.
func (s *side) seek(b []byte) []byte {
	s.buf = append(s.buf, b...)
	if s.wait(b) {
		return nil
	}
	if s.midHead {
		v, end := probeCut(s.buf)
		if v == Maybe {
			return nil
		}
		s.midHead = false
		if v == Yes {
			if h := s.restOfHead(s.buf[:end]); h != nil {
				rest := s.buf[end:]
				s.buf, s.cut = nil, nil
				at := s.offset
				s.offset += int64(end)
				s.begin(h, at)
				s.feed(rest)
				return nil
			}
		}
		s.cut = nil
	}
	at := 0
	for at < len(s.buf) {
		v := No
		if !s.inLine {
			v = probe(s.dir, s.buf[at:])
		}
		if v == Yes {
			found := s.buf[at:]
			s.skip(s.buf[:at], s.why)
			s.buf = nil
			s.state = inHead
			s.feed(found)
			return nil
		}
		if v == Maybe && len(s.buf)-at < MaxHead {
			break // it may become one
		}
		i := bytes.IndexByte(s.buf[at:], '\n')
		if s.inLine = i < 0; s.inLine {
			at = len(s.buf)
			break
		}
		at += i + 1
	}
	s.skip(s.buf[:at], s.why)
	s.buf = append([]byte(nil), s.buf[at:]...)
	return nil
}
