// Whether bytes are UTF-8, by the algorithm of Keiser and Lemire, Validating UTF-8 In
// Less Than One Instruction Per Byte: each bit is a way in which two bytes that follow
// each other can be wrong, tables have the bits that both halves of the first
// (·utf8First and ·utf8Low) and the high half of the second (·utf8Second) admit, and
// what all three admit is so. One bit is not always wrong: 80, a continuation behind
// another. It must stand there exactly where two or three bytes further up a character
// begins that is so long.
//
// The loops that use this differ only in where they look up the tables.

// UTF8HALVES makes high and low the halves of the byte before each one of x. before has
// the 16 bytes before each block of x, halves 0f everywhere.
#define UTF8HALVES(before, x, halves, high, low) \
	VPALIGNR $15, before, x, low   \
	VPSRLW   $4, low, high         \
	VPAND    halves, high, high    \
	VPAND    halves, low, low

// UTF8LONG leaves 0 at each place of admit, which has what the three tables admit,
// whose byte goes with the three before it. It overwrites two and three, which may be
// before, and to, which may be one of these.
#define UTF8LONG(before, x, two, three, to, admit) \
	VPALIGNR $14, before, x, two       \
	VPALIGNR $13, before, x, three     \
	VPSUBUSB ·utf8Three(SB), two, two  \
	VPSUBUSB ·utf8Four(SB), three, three \
	VPOR     two, three, to            \
	VPAND    ·top(SB), to, to          \
	VPXOR    to, admit, admit
