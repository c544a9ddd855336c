// What the loops share that have a bit in a register for each byte of a block of 64:
// array, tokens, unblank and the wide forms of these two.

// HALVES makes mask a bit for each byte of Y2 and Y3, the halves of a block, that is ff.
// It overwrites more.
#define HALVES(mask, more) \
	VPMOVMSKB Y2, mask     \
	VPMOVMSKB Y3, more     \
	SHLQ      $32, more    \
	ORQ       more, mask

// ESCAPED makes escaped what backslashes, slashes, escape in the block and carried says
// of its first byte: of backslashes in a row only every other one begins an escape.
// Taking those that may begin one, first, from what they precede, with bits at odd
// places to borrow from, leaves a difference, ends, where one does, or what it escapes
// is. It overwrites first, which may be escaped.
#define ESCAPED(slashes, carried, first, ends, escaped) \
	ANDNQ slashes, carried, first   \
	LEAQ  (first)(first*1), ends    \
	ORQ   ·odd(SB), ends            \
	SUBQ  first, ends               \
	XORQ  ·odd(SB), ends            \
	MOVQ  slashes, escaped          \
	ORQ   carried, escaped          \
	XORQ  ends, escaped

// INSIDE makes inside what is in strings, their first quotation marks included and
// their last ones not, of the quotation marks, and carried, 0 or all ones, whether the
// next block begins in one: an odd number of marks stands before what is in one, and a
// product without carries counts them. ones has ones. It overwrites X2.
#define INSIDE(marks, ones, inside, carried) \
	VMOVQ      marks, X2          \
	VPCLMULQDQ $0, ones, X2, X2   \
	VMOVQ      X2, inside         \
	XORQ       carried, inside    \
	MOVQ       inside, carried    \
	SARQ       $63, carried

// ESCAPES makes R8 what backslashes, AX, escape, and R9, 1 or 0, what they do in the
// next block. If there are none it goes to strings. It overwrites BX and DX.
#define ESCAPES \
	XORL R8, R8                    \
	MOVQ AX, DX                    \
	ORQ  R9, DX                    \
	JZ   strings                   \
	ESCAPED(AX, R9, DX, BX, R8)    \
	MOVQ BX, R9                    \
	ANDQ AX, R9                    \
	SHRQ $63, R9

// TOKENS_BEGIN has the arguments of tokens and tokensWide in SI, AX (t) and DI, and in
// R9 to R13 what Tokens has, which TOKENS_KEEP puts back. AX is t there too.
#define TOKENS_BEGIN \
	MOVQ src+0(FP), SI     \
	MOVQ t+16(FP), AX      \
	MOVQ marks+24(FP), DI  \
	MOVQ 0(AX), R9         \
	MOVQ 8(AX), R10        \
	MOVQ 16(AX), R11       \
	MOVQ 24(AX), R12       \
	MOVQ 32(AX), R13

#define TOKENS_KEEP \
	MOVQ t+16(FP), AX   \
	MOVQ R9, 0(AX)      \
	MOVQ R10, 8(AX)     \
	MOVQ R11, 16(AX)    \
	MOVQ R12, 24(AX)    \
	MOVQ R13, 32(AX)

// TOKENS_ASIDE is what stands behind the loop of both: for a block all of which is in
// a string, and when something is wrong.
#define TOKENS_ASIDE \
string:                  \
	MOVQ AX, (DI)        \
	MOVQ AX, 8(DI)       \
	JMP  next            \
fail:                    \
	MOVB $0, ok+32(FP)   \
	VZEROUPPER           \
	RET
