#define TWO

#include "textflag.h"
#include "escapes_amd64.h"

// What makes text, two blocks at a time with AVX2. It does not look whether all stand
// for themselves: of 32 bytes of text that is as likely as not.

// func escapeTwo(dst, src *byte, twos int, ways *[171][2][16]byte, short *[16]byte) (wrote int)
TEXT ·escapeTwo(SB), NOSPLIT, $0-48
	MOVQ           dst+0(FP), DI
	MOVQ           src+8(FP), SI
	MOVQ           twos+16(FP), CX
	MOVQ           ways+24(FP), R8
	MOVQ           short+32(FP), AX
	VBROADCASTI128 (AX), Y13
	CONSTANTS

loop:
	VMOVDQU (SI), Y0
	ADDQ    $32, SI
	KINDS
	WAYS4
	CHARACTERS
	SIXTEEN4
	UPPER
	SIXTEEN4
	DECQ    CX
	JNZ     loop
	VZEROUPPER
	SUBQ    dst+0(FP), DI
	MOVQ    DI, wrote+40(FP)
	RET

// func doubledTwo(dst, src *byte, twos int, ways *[40][4][16]byte) (wrote int)
TEXT ·doubledTwo(SB), NOSPLIT, $0-40
	MOVQ           dst+0(FP), DI
	MOVQ           src+8(FP), SI
	MOVQ           twos+16(FP), CX
	MOVQ           ways+24(FP), R8
	VBROADCASTI128 ·quoted(SB), Y13
	CONSTANTS

loop:
	VMOVDQU (SI), Y0
	ADDQ    $32, SI
	KINDS
	WAYS2
	CHARACTERS
	SIXTEEN2
	UPPER
	SIXTEEN2
	DECQ    CX
	JNZ     loop
	VZEROUPPER
	SUBQ    dst+0(FP), DI
	MOVQ    DI, wrote+32(FP)
	RET

// func bodyTwo(dst, src *byte, twos int, shuffles *[256][16]byte, short *[16]byte) (wrote, done int, seen bool)
//
// The registers are those of body.
TEXT ·bodyTwo(SB), NOSPLIT, $0-57
	MOVQ           dst+0(FP), DI
	MOVQ           src+8(FP), SI
	MOVQ           twos+16(FP), CX
	MOVQ           shuffles+24(FP), R8
	MOVQ           short+32(FP), AX
	VBROADCASTI128 (AX), Y13
	CONSTANTS
	VPXOR          Y6, Y6, Y6

loop:
	VMOVDQU    (SI), Y0
	BODY_KINDS
	JNZ        done
	VPOR       Y0, Y6, Y6
	ADDQ       $32, SI
	BODY_CHARACTERS

// EIGHT appends the characters of eight bytes that x has, and goes on to the next
// eight bits of AX.
#define EIGHT(x) \
	MOVBLZX AX, R10              \
	SHRL    $8, AX               \
	MOVL    R10, R11             \
	SHLL    $4, R11              \
	VPSHUFB (R8)(R11*1), x, X5   \
	VMOVDQU X5, (DI)             \
	POPCNTL R10, R10             \
	LEAQ    8(DI)(R10*1), DI

	EIGHT(X0)
	EIGHT(X1)
	VEXTRACTI128 $1, Y0, X0
	VEXTRACTI128 $1, Y1, X1
	EIGHT(X0)
	EIGHT(X1)
	DECQ         CX
	JNZ          loop

done:
	BODY_RESULTS
	VZEROUPPER
	RET
