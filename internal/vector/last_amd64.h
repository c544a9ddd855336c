// LAST makes a block, in X0, of the BX bytes that are left at SI, fewer than 16,
// and of blanks behind them. 16 bytes that may be read end where they do. It
// leaves one block to do in CX, nothing in BX, and in R14 how many blanks these
// are.
#define LAST \
	LEAQ    ·slide+16(SB), AX      \
	LEAQ    ·blanks+16(SB), DX     \
	SUBQ    BX, AX                 \
	SUBQ    BX, DX                 \
	VMOVDQU -16(SI)(BX*1), X0      \
	VPSHUFB (AX), X0, X0           \
	VPOR    (DX), X0, X0           \
	MOVL    $16, R14               \
	SUBQ    BX, R14                \
	XORL    BX, BX                 \
	MOVL    $1, CX
