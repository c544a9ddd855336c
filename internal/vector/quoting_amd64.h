// What tokens, unblank and their wide forms share.

// ESCAPES makes R8 what backslashes, AX, escape, and R9 what they do in the next block:
// of backslashes in a row only every other one begins an escape. Taking those that may
// begin one from what they precede, with bits at odd places to borrow from, leaves a
// difference where one does, or what it escapes is.
#define ESCAPES \
	ANDNQ AX, R9, DX         \
	LEAQ  (DX)(DX*1), BX     \
	ORQ   ·odd(SB), BX       \
	SUBQ  DX, BX             \
	XORQ  ·odd(SB), BX       \
	MOVQ  AX, R8             \
	ORQ   R9, R8             \
	XORQ  BX, R8             \
	MOVQ  BX, R9             \
	ANDQ  AX, R9             \
	SHRQ  $63, R9

// INSIDE makes BX what is in strings, their first quotation marks included and their
// last ones not, of the quotation marks AX, and R10 whether the next block begins in
// one. X13 has ones.
#define INSIDE \
	VMOVQ      AX, X2           \
	VPCLMULQDQ $0, X13, X2, X2  \
	VMOVQ      X2, BX           \
	XORQ       R10, BX          \
	MOVQ       BX, R10          \
	SARQ       $63, R10
