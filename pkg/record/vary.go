package record

import (
	"fmt"
	"strconv"

	"github.com/wirectl/wirectl/pkg/codec"
)

// An other is what another recording has in the place of a node.
type other struct {
	text  string
	whole bool // the node has another form there: not only its text differs
}

// Compare takes in another recording of the same run. What differs there
// becomes a capture and its uses where the client sends again what it was
// told, and else a hole; what the client made up otherwise is remarked on.
// Frames of the server that only this recording has are optional.
//
// Connections belong together in the order in which they began, and the
// frames of a direction by their types.
func (r *Recorder) Compare(b *Recorder) {
	r.others = map[*node]other{}
	x, y := r.sides(), b.sides()
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) {
			r.notes = append(r.notes, fmt.Sprintf("One recording has %d connections, the other %d.", len(x), len(y)))
			break
		}
		for d := range x[i] {
			r.compareSide(x[i][d], y[i][d])
		}
	}
}

// sides returns the lines of each connection, by direction.
func (r *Recorder) sides() [][2][]*line {
	var list [][2][]*line
	at := map[int]int{}
	for _, l := range r.lines {
		i, ok := at[l.conn]
		if !ok {
			i = len(list)
			at[l.conn], list = i, append(list, [2][]*line{})
		}
		d := 0
		if l.dir == codec.ToClient {
			d = 1
		}
		list[i][d] = append(list[i][d], l)
	}
	return list
}

func (r *Recorder) compareSide(a, b []*line) {
	more := len(b)
	for i, j := range align(a, b) {
		if j < 0 {
			a[i].extra = true
			continue
		}
		more--
		for k, item := range a[i].items {
			r.compareNodes(a[i], b[j], item, b[j].items[k])
		}
	}
	if more > 0 {
		r.notes = append(r.notes, fmt.Sprintf("#%d: the other recording has %d more frames %s.", conn(a, b), more, a0(a, b).dir))
	}
}

func a0(a, b []*line) *line {
	if len(a) > 0 {
		return a[0]
	}
	return b[0]
}

func conn(a, b []*line) int { return a0(a, b).conn }

// compareNodes notes where two values differ.
func (r *Recorder) compareNodes(a, b *line, x, y *node) {
	same := x.open == y.open && len(x.list) == len(y.list) && x.quoted == y.quoted && x.prefix == y.prefix && x.path == y.path
	switch {
	case !same:
		r.others[x] = other{text: y.text(b.text), whole: true}
	case x.open == 0:
		if text := y.text(b.text); text != x.text(a.text) {
			r.others[x] = other{text: text}
		}
	default:
		for i := range x.list {
			if x.list[i].path != y.list[i].path { // other keys
				r.others[x] = other{text: y.text(b.text), whole: true}
				return
			}
		}
		for i := range x.list {
			r.compareNodes(a, b, x.list[i], y.list[i])
		}
	}
}

// alike says whether two lines are of the same type.
func alike(a, b *line) bool {
	return a.proto == b.proto && a.frame == b.frame && len(a.items) == len(b.items)
}

// maxAlign bounds the work for one direction of one connection.
const maxAlign = 4 << 20

// align returns for each line of a the line of b that goes with it, or -1:
// the longest common sequence of lines that are alike.
func align(a, b []*line) []int {
	with := make([]int, len(a))
	front := 0
	for front < len(a) && front < len(b) && alike(a[front], b[front]) {
		with[front] = front
		front++
	}
	x, y := a[front:], b[front:]
	if len(x)*len(y) > maxAlign { // as far as they go together
		for i := range x {
			with[front+i] = -1
		}
		return with
	}
	length := make([][]int, len(x)+1) // of the longest from here on
	for i := range length {
		length[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if alike(x[i], y[j]) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(x) {
		switch {
		case j < len(y) && alike(x[i], y[j]):
			with[front+i] = front + j
			i, j = i+1, j+1
		case j < len(y) && length[i][j+1] > length[i+1][j]:
			j++
		default:
			with[front+i] = -1
			i++
		}
	}
	return with
}

// isTime says whether a text is a number of seconds since 1970, from 2001 on.
func isTime(s string) bool {
	x, err := strconv.ParseFloat(s, 64)
	return err == nil && x >= 1e9 && x < 1e10
}
