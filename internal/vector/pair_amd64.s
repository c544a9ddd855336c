#include "textflag.h"

// func pair(src *byte, blocks int, c byte) (at int)
//
// Each block is looked at twice, the second time from its second byte on.
TEXT ·pair(SB), NOSPLIT, $0-32
	MOVQ         src+0(FP), SI
	MOVQ         blocks+8(FP), CX
	MOVBLZX      c+16(FP), AX
	VMOVD        AX, X2
	VPXOR        X0, X0, X0
	VPSHUFB      X0, X2, X2
	MOVQ         SI, DX

loop:
	VPCMPEQB  (SI), X2, X0
	VPCMPEQB  1(SI), X2, X1
	VPAND     X0, X1, X0
	VPMOVMSKB X0, AX
	TESTL     AX, AX
	JNZ       found
	ADDQ      $16, SI
	DECQ      CX
	JNZ       loop
	MOVQ      $-1, at+24(FP)
	RET

found:
	BSFL AX, AX
	SUBQ DX, SI
	ADDQ SI, AX
	MOVQ AX, at+24(FP)
	RET

// func pairTwo(src *byte, blocks int, c byte) (at int)
//
// Two blocks at a time, the last two again if one is left.
TEXT ·pairTwo(SB), NOSPLIT, $0-32
	MOVQ         src+0(FP), SI
	MOVQ         blocks+8(FP), CX
	VPBROADCASTB c+16(FP), Y2
	MOVQ         SI, DX
	MOVQ         CX, BX
	ANDQ         $1, BX
	SHRQ         $1, CX

loop:
	VPCMPEQB  (SI), Y2, Y0
	VPCMPEQB  1(SI), Y2, Y1
	VPAND     Y0, Y1, Y0
	VPMOVMSKB Y0, AX
	TESTL     AX, AX
	JNZ       found
	ADDQ      $32, SI
	DECQ      CX
	JNZ       loop

	SUBQ $16, SI
	MOVL $1, CX
	DECQ BX
	JZ   loop
	MOVQ $-1, at+24(FP)
	VZEROUPPER
	RET

found:
	VZEROUPPER
	BSFL AX, AX
	SUBQ DX, SI
	ADDQ SI, AX
	MOVQ AX, at+24(FP)
	RET
