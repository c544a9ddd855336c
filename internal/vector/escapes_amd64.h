// What escape and doubled share. Their registers:
//
//	X0 the bytes, then the first characters   X8  'x' in each byte
//	X1 their low halves                       X9  7f
//	X2 ff where the escape has two characters X10 1f
//	X3 which kind of escape each byte has     X11 '\'
//	X4 ff where a byte stands for itself      X12 the second characters, by low half
//	X5 the second characters                  X13 which bytes they are for, by low half
//	X6 X7 the digits                          X14 digits, X15 0f
//
// Bytes with an escape of two characters differ in their low halves.

#define CONSTANTS \
	VMOVDQU ·exes(SB), X8             \
	VMOVDQU ·dels(SB), X9             \
	VMOVDQU ·highest(SB), X10         \
	VMOVDQU ·slashes(SB), X11         \
	VMOVDQU ·letters(SB), X12         \
	VMOVDQU ·digits(SB), X14          \
	VMOVDQU ·halves(SB), X15

// KINDS finds out how each byte of X0 is escaped.
#define KINDS \
	VPAND     X15, X0, X1             \
	VPSHUFB   X1, X13, X2             \
	VPCMPEQB  X0, X2, X2              \
	VPCMPGTB  X10, X0, X3             \
	VPCMPEQB  X9, X0, X4              \
	VPOR      X2, X4, X4              \
	VPANDN    X3, X4, X4

// CHARACTERS makes the four characters of each byte: of the first four bytes in
// X0, and of the others in X1, X2 and X4.
#define CHARACTERS \
	VPSRLW    $4, X0, X5              \
	VPAND     X15, X5, X5             \
	VPSHUFB   X5, X14, X6             \
	VPSHUFB   X1, X14, X7             \
	VPSHUFB   X1, X12, X5             \
	VPAND     X2, X5, X5              \
	VPXOR     X8, X5, X5              \
	VPBLENDVB X4, X0, X11, X0         \
	VPUNPCKLBW X5, X0, X1             \
	VPUNPCKHBW X5, X0, X2             \
	VPUNPCKLBW X7, X6, X4             \
	VPUNPCKHBW X7, X6, X5             \
	VPUNPCKLWD X4, X1, X0             \
	VPUNPCKHWD X4, X1, X1             \
	VPUNPCKHWD X5, X2, X4             \
	VPUNPCKLWD X5, X2, X2

// LAST makes a block, in X0, of the BX bytes that are left at SI, fewer than 16,
// and of blanks behind them. 16 bytes that may be read end where they do. It
// leaves one block to do in CX, nothing in BX, and in R14 how many blanks these
// are.
#define LAST \
	LEAQ    ·slide+16(SB), AX         \
	LEAQ    ·blanks+16(SB), DX        \
	SUBQ    BX, AX                    \
	SUBQ    BX, DX                    \
	VMOVDQU -16(SI)(BX*1), X0         \
	VPSHUFB (AX), X0, X0              \
	VPOR    (DX), X0, X0              \
	MOVL    $16, R14                  \
	SUBQ    BX, R14                   \
	XORL    BX, BX                    \
	MOVL    $1, CX

// TO_THE_END is what stands behind the work on a block: the next one, one that
// stands for itself, the last bytes, and in DI how much was written.
#define TO_THE_END \
	DECQ    CX                        \
	JNZ     loop                      \
	JMP     tail                      \
plain:                             \
	VMOVDQU X0, (DI)                  \
	ADDQ    $16, DI                   \
	DECQ    CX                        \
	JNZ     loop                      \
tail:                              \
	TESTQ   BX, BX                    \
	JZ      done                      \
	LAST                              \
	JMP     block                     \
done:                              \
	SUBQ    R14, DI                   \
	SUBQ    dst+0(FP), DI
