#include "textflag.h"

// func span(src *byte, blocks int) (least, most byte, del bool)
//
// X0 has the least of the bytes at each place in a block, X1 the most, and X2
// ff where one was 7f.
TEXT ·span(SB), NOSPLIT, $0-19
	MOVQ     src+0(FP), SI
	MOVQ     blocks+8(FP), CX
	VMOVDQU  ·dels(SB), X5
	VPCMPEQB X0, X0, X0
	VPXOR    X1, X1, X1
	VPXOR    X2, X2, X2

loop:
	VMOVDQU  (SI), X3
	VPMINUB  X3, X0, X0
	VPMAXUB  X3, X1, X1
	VPCMPEQB X3, X5, X3
	VPOR     X3, X2, X2
	ADDQ     $16, SI
	DECQ     CX
	JNZ      loop

	VPMOVMSKB X2, AX
	TESTL     AX, AX
	SETNE     del+18(FP)

	// The least of 16 bytes is that of eight words, whose high bytes are made 0;
	// the most is the opposite of the least opposite.
	VPCMPEQB    X4, X4, X4
	VPXOR       X4, X1, X1
	VPSRLW      $8, X4, X4 // 00ff in each word
	VPSRLW      $8, X0, X3
	VPMINUB     X3, X0, X0
	VPAND       X4, X0, X0
	VPHMINPOSUW X0, X0
	VMOVD       X0, AX
	MOVB        AX, least+16(FP)
	VPSRLW      $8, X1, X3
	VPMINUB     X3, X1, X1
	VPAND       X4, X1, X1
	VPHMINPOSUW X1, X1
	VMOVD       X1, AX
	NOTL        AX
	MOVB        AX, most+17(FP)
	RET
