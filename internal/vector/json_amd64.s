#include "textflag.h"
#include "escapes_amd64.h"

// func body(dst, src *byte, blocks int, shuffles *[256][16]byte, short *[16]byte) (wrote, done int, seen bool)
//
// Each byte becomes two characters: itself and one that is not wanted, or a
// backslash and a letter. Of eight bytes, 16 characters, a shuffle that depends
// on which of them have two brings those that are wanted together.
//
//	X0 the bytes                       X8  'x' in each byte
//	X1 their low halves                X9  7f
//	X2 ff where there are two          X10 1f
//	X4 ff where a byte may not stand   X11 '\'
//	X5 the second characters           X12 to X15 as in escape
//	X6 the bytes seen
TEXT ·body(SB), NOSPLIT, $0-57
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), CX
	MOVQ    shuffles+24(FP), R8
	MOVQ    short+32(FP), AX
	VMOVDQU (AX), X13
	VMOVDQU ·exes(SB), X8
	VMOVDQU ·dels(SB), X9
	VMOVDQU ·highest(SB), X10
	VMOVDQU ·slashes(SB), X11
	VMOVDQU ·letters(SB), X12
	VMOVDQU ·halves(SB), X15
	VPXOR   X6, X6, X6

loop:
	VMOVDQU   (SI), X0
	BODY_KINDS
	JNZ       done
	VPOR      X0, X6, X6
	ADDQ      $16, SI
	BODY_CHARACTERS

	MOVBLZX AX, R10
	SHRL    $8, AX
	MOVL    R10, R11
	SHLL    $4, R11
	VPSHUFB (R8)(R11*1), X0, X0
	VMOVDQU X0, (DI)
	POPCNTL R10, R10
	LEAQ    8(DI)(R10*1), DI
	MOVL    AX, R11
	SHLL    $4, R11
	VPSHUFB (R8)(R11*1), X1, X1
	VMOVDQU X1, (DI)
	POPCNTL AX, AX
	LEAQ    8(DI)(AX*1), DI
	DECQ    CX
	JNZ     loop

done:
	BODY_RESULTS
	RET

// func doubled(dst, src *byte, n int, ways *[40][4][16]byte) (wrote int)
//
// It goes as escape does, but for two bytes, eight characters, at a time, as
// \\xhh is five of them. The number of the way of two bytes is that of the
// first and eight times that of the second.
TEXT ·doubled(SB), NOSPLIT, $0-40
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    n+16(FP), BX
	MOVQ    ways+24(FP), R8
	MOVQ    BX, CX
	SHRQ    $4, CX
	ANDQ    $15, BX
	XORL    R14, R14
	VMOVDQU ·quoted(SB), X13
	CONSTANTS
	TESTQ   CX, CX
	JZ      tail

loop:
	VMOVDQU   (SI), X0
	ADDQ      $16, SI

block:
	KINDS
	VPMOVMSKB X4, AX
	CMPL      AX, $0xffff
	JEQ       plain
	WAYS2
	CHARACTERS
	SIXTEEN2
	TO_THE_END
	MOVQ DI, wrote+32(FP)
	RET
