package jsonv

import "bytes"

// A member is where a member of an object stands in what is written.
type member struct {
	key0, key1, val0, val1 int
	last                   int // index of the last one with this key
	again                  bool
}

// members is a stack of them, the first of which need no allocation.
type members struct {
	n    int
	room [8]member
	more []member
}

func (s *members) at(i int) *member {
	if i < len(s.room) {
		return &s.room[i]
	}
	return &s.more[i-len(s.room)]
}

func (s *members) push(m member) {
	if s.n < len(s.room) {
		s.room[s.n] = m
	} else {
		s.more = append(s.more[:s.n-len(s.room)], m)
	}
	s.n++
}

// cut takes all from index n on off the stack.
func (s *members) cut(n int) { s.n = n }

// keys finds the keys of one object that come again.
type keys struct {
	from  int            // where the object's members begin
	again bool           // some key came again
	index map[string]int // of the first member with that key; nil while few
}

// few is how many keys are compared one by one before a map is made of them.
const few = 24

// add puts m, which stands in text, on the stack.
func (k *keys) add(s *members, text []byte, m member) {
	m.last = s.n
	if first := k.find(s, text, m); first >= 0 {
		k.again, m.again = true, true
		s.at(first).last = s.n
	} else if k.index != nil {
		k.index[string(text[m.key0:m.key1])] = s.n
	}
	s.push(m)
}

// find returns the index of the first member with the key of m, or -1.
func (k *keys) find(s *members, text []byte, m member) int {
	key := text[m.key0:m.key1]
	if k.index == nil && s.n-k.from < few {
		for i := k.from; i < s.n; i++ {
			other := s.at(i)
			if other.key1-other.key0 == len(key) && !other.again && bytes.Equal(text[other.key0:other.key1], key) {
				return i
			}
		}
		return -1
	}
	if k.index == nil {
		k.index = make(map[string]int)
		for i := k.from; i < s.n; i++ {
			if other := s.at(i); !other.again {
				k.index[string(text[other.key0:other.key1])] = i
			}
		}
	}
	if i, ok := k.index[string(key)]; ok {
		return i
	}
	return -1
}

// compareKeys orders written keys, both with quotation marks, by the bytes of
// their characters.
func compareKeys(a, b []byte) int {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Compare(a[1:len(a)-1], b[1:len(b)-1])
	}
	return bytes.Compare(AppendText(nil, a), AppendText(nil, b))
}
