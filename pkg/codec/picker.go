package codec

import "unicode/utf8"

// A Picked is a value in the object of AppendJSON, as far as somebody asks who
// holds it to a constant.
type Picked struct {
	Kind PickedKind
	N    int    // an integer; of a list, how many elements it has; 1 for true
	Text []byte // UTF-8; the frame's own, good as long as it
}

// A PickedKind says what a Picked is.
type PickedKind byte

// The kinds of picked values.
const (
	PickedNull PickedKind = iota // null, or not there
	PickedBool
	PickedInt
	PickedText
	PickedList
	PickedObject
)

// A Picker is a Frame that tells single values without making JSON of them.
type Picker interface {
	// Pick returns what AppendJSON's object, with secrets, has under a name, or
	// under the second name in the object that is under the first. Without a name
	// it is how many members there are. It says false when it does not tell, and then
	// AppendJSON does.
	Pick(names []string) (v Picked, ok bool)
}

// PickText is the Picked of a text. It says false when b is none as it stands.
func PickText(b []byte) (v Picked, ok bool) {
	return Picked{Kind: PickedText, Text: b}, utf8.Valid(b)
}

// PickInt is the Picked of an integer. It says false when JSON has it as a text.
func PickInt(n int64) (v Picked, ok bool) {
	const most = 1 << 53
	return Picked{Kind: PickedInt, N: int(n)}, n > -most && n < most && int64(int(n)) == n
}
