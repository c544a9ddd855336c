package cbor

import (
	"errors"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Scanner finds the ends of items in bytes that come in pieces, cut
// anywhere. It keeps no bytes but those of a head that is cut, and looks at
// each byte once; the insides of strings it does not look at.
// The zero value is ready.
type Scanner struct {
	Limits Limits // only Depth counts

	open  []level
	skip  uint64 // bytes of a string to come
	head  [9]byte
	have  uint8 // bytes of head
	begun bool
	err   error
}

// A level is an item that waits for more items.
type level struct {
	left  uint64 // as in opened
	kind  Kind
	indef bool
}

// Within says whether the Scanner is inside an item.
func (s *Scanner) Within() bool { return s.begun }

// Reset makes the Scanner begin anew.
func (s *Scanner) Reset() { *s = Scanner{Limits: s.Limits, open: s.open[:0]} }

// Next looks at p, which follows what earlier calls took, and returns how
// many bytes it took and whether an item ends with them. Without an end it
// has taken all of p, unless there is a fault: then the first n bytes are
// good and every further call returns the same fault until Reset.
func (s *Scanner) Next(p []byte) (n int, done bool, err error) {
	if s.err != nil {
		return 0, false, s.err
	}
	for n < len(p) {
		if s.skip > 0 {
			k := min(s.skip, uint64(len(p)-n))
			n += int(k)
			if s.skip -= k; s.skip > 0 {
				break
			}
			if s.close(false) {
				return n, true, nil
			}
			continue
		}
		h, k, err := s.readHead(p[n:])
		if errors.Is(err, codec.ErrShort) {
			n = len(p)
			break
		}
		if err == nil {
			err = s.fits(h)
		}
		if err != nil {
			s.err = &codec.SyntaxError{Code: codec.CodeSyntax, Offset: int64(n), Err: err}
			return n, false, s.err
		}
		if len(s.open) > s.Limits.depth() {
			s.err = codec.Faultf(codec.CodeLimit, n, "", "items nest deeper than %d", s.Limits.depth())
			return n, false, s.err
		}
		s.begun, s.have = true, 0
		n += k
		if s.enter(h) {
			return n, true, nil
		}
	}
	return n, false, nil
}

// readHead reads a head of which earlier pieces may hold the first bytes. It
// returns how many bytes of p belong to it.
func (s *Scanner) readHead(p []byte) (head, int, error) {
	if s.have == 0 {
		h, err := readHead(p)
		if errors.Is(err, codec.ErrShort) {
			s.begun = true
			s.have = uint8(copy(s.head[:], p))
		}
		return h, int(h.size), err
	}
	k := copy(s.head[s.have:], p)
	h, err := readHead(s.head[:int(s.have)+k])
	if errors.Is(err, codec.ErrShort) {
		s.have += uint8(k)
		return h, k, err
	}
	return h, int(h.size) - int(s.have), err
}

func (s *Scanner) fits(h head) error {
	if h.kind == Map && h.arg >= 1<<63 {
		return errCount
	}
	if len(s.open) == 0 {
		if h.kind == Break {
			return errBreak
		}
		return nil
	}
	l := &s.open[len(s.open)-1]
	return fitsIn(h, l.kind, l.indef, l.left)
}

// enter takes a head and says whether the outermost item ends with it.
func (s *Scanner) enter(h head) bool {
	if s.skip = stringLen(h); s.skip > 0 {
		return false
	}
	if h.kind != Break && (h.indef || items(h) > 0) {
		l := level{left: items(h), kind: h.kind, indef: h.indef}
		if h.indef {
			l.left = 0
		}
		s.open = append(s.open, l)
		return false
	}
	return s.close(h.kind == Break)
}

// close ends an item and what ends with it. It says whether that was the
// outermost.
func (s *Scanner) close(isBreak bool) bool {
	for len(s.open) > 0 {
		l := &s.open[len(s.open)-1]
		switch {
		case l.indef && !isBreak:
			l.left++
			return false
		case !l.indef:
			if l.left--; l.left > 0 {
				return false
			}
		}
		isBreak = false
		s.open = s.open[:len(s.open)-1]
	}
	s.begun = false
	return true
}
