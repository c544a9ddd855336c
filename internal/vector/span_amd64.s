#include "textflag.h"

// SPANNED puts what X0, X1 and X2 have to the results.
//
// The least of 16 bytes is that of eight words, whose high bytes are made 0; the
// most is the opposite of the least opposite. X4 is 00ff in each word.
#define SPANNED \
	VPMOVMSKB   X2, AX                \
	TESTL       AX, AX                \
	SETNE       del+18(FP)            \
	VPCMPEQB    X4, X4, X4            \
	VPXOR       X4, X1, X1            \
	VPSRLW      $8, X4, X4            \
	VPSRLW      $8, X0, X3            \
	VPMINUB     X3, X0, X0            \
	VPAND       X4, X0, X0            \
	VPHMINPOSUW X0, X0                \
	VMOVD       X0, AX                \
	MOVB        AX, least+16(FP)      \
	VPSRLW      $8, X1, X3            \
	VPMINUB     X3, X1, X1            \
	VPAND       X4, X1, X1            \
	VPHMINPOSUW X1, X1                \
	VMOVD       X1, AX                \
	NOTL        AX                    \
	MOVB        AX, most+17(FP)

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

	SPANNED
	RET

// func spanTwo(src *byte, blocks int) (least, most byte, del bool)
//
// Two blocks at a time, the last two again if one is left.
TEXT ·spanTwo(SB), NOSPLIT, $0-19
	MOVQ           src+0(FP), SI
	MOVQ           blocks+8(FP), CX
	VBROADCASTI128 ·dels(SB), Y5
	VPCMPEQB       Y0, Y0, Y0
	VPXOR          Y1, Y1, Y1
	VPXOR          Y2, Y2, Y2
	MOVQ           CX, BX
	ANDQ           $1, BX
	SHRQ           $1, CX

loop:
	VMOVDQU  (SI), Y3
	VPMINUB  Y3, Y0, Y0
	VPMAXUB  Y3, Y1, Y1
	VPCMPEQB Y3, Y5, Y3
	VPOR     Y3, Y2, Y2
	ADDQ     $32, SI
	DECQ     CX
	JNZ      loop

	SUBQ         $16, SI
	MOVL         $1, CX
	DECQ         BX
	JZ           loop
	VEXTRACTI128 $1, Y0, X3
	VPMINUB      X3, X0, X0
	VEXTRACTI128 $1, Y1, X3
	VPMAXUB      X3, X1, X1
	VEXTRACTI128 $1, Y2, X3
	VPOR         X3, X2, X2
	VZEROUPPER
	SPANNED
	RET
