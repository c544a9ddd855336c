package vector

// Tokens goes over a text of JSON, a block of Marked bytes after the other, and
// checks what can be told without knowing which brackets are open:
//
//   - strings are UTF-8, without control characters and 7f, and have no escapes but
//     those of quotation marks, backslashes, line feeds, tabs and carriage returns
//   - blanks are spaces
//   - each value is followed by a comma, a colon or a closing bracket, and each comma
//     and colon follows a value
//
// The zero value begins a text.
type Tokens struct {
	escaped uint64   // 1: the first byte of the next block is
	inside  uint64   // all ones: it is in a string
	after   uint64   // all ones: it, or what follows blanks there, is behind a value
	scalar  uint64   // 1: it is behind a byte of a scalar
	digits  uint64   // 1: of one that has only digits so far
	last    [32]byte // of the block before
}

// Marked is how many bytes a block of [Tokens] has.
const Marked = 64

// Marks are tokens of a block, a bit for each byte, the lowest for the first. None
// of them is in a string.
type Marks struct {
	// Structure has brackets, colons, and at least one byte of each scalar that is no
	// integer of one to 15 digits without a leading zero, behind nothing but
	// characters of numbers.
	Structure uint64

	Commas uint64
}
