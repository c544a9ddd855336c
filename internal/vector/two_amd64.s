#define TWO

#include "textflag.h"
#include "escapes_amd64.h"

// The escapes, two blocks at a time with AVX2. They do not look whether all stand for
// themselves: of 32 bytes of text that is as likely as not.

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
