package synth

import "math/rand/v2"

// poolSize is how many places a cut may begin at.
const poolSize = 256 << 10

// most is the longest cut.
const most = 64 << 10

// pools are what payloads are cut from.
type pools struct {
	binary []byte // anything
	text   []byte // printable, with line feeds
	word   []byte // needs no escape in any notation
	json   []byte // the inside of a JSON string, with escapes and some UTF-8
	starts []int  // where json may be cut
}

const wordBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:,/@!$ "

func newPools(seed uint64) *pools {
	r := rand.New(rand.NewPCG(seed, 1))
	p := &pools{
		binary: make([]byte, poolSize+most),
		text:   make([]byte, poolSize+most),
		word:   make([]byte, poolSize+most),
	}
	word := func() byte { return wordBytes[r.IntN(len(wordBytes))] }
	for i := range p.binary {
		p.binary[i] = byte(r.Uint32())
		p.word[i] = word()
		p.text[i] = ' ' + byte(r.IntN(95))
		if r.IntN(60) == 0 {
			p.text[i] = '\n'
		}
	}
	for len(p.json) < poolSize+most {
		p.starts = append(p.starts, len(p.json))
		switch r.IntN(50) {
		case 0:
			p.json = append(p.json, `\"`...)
		case 1:
			p.json = append(p.json, "é"...)
		case 2:
			p.json = append(p.json, `\n`...)
		default:
			p.json = append(p.json, word())
		}
	}
	return p
}

// cut returns n bytes of a pool.
func (s *Stream) cut(pool []byte, n int) []byte {
	at := s.rng.IntN(poolSize)
	return pool[at : at+n]
}

// jsonText returns about n bytes of the inside of a JSON string.
func (s *Stream) jsonText(n int) []byte {
	const longest = 2 // bytes of a unit
	first := s.rng.IntN(len(s.starts) - most)
	last := first + n
	for s.starts[last]-s.starts[first] > n {
		last -= (s.starts[last] - s.starts[first] - n + longest - 1) / longest
	}
	return s.json[s.starts[first]:s.starts[last]]
}
