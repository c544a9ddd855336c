#include "textflag.h"

// func columns(hex, text, src *byte, eights int)
//
//	X0 the bytes              X8  7f
//	X1 X2 their halves, then  X9  1f
//	   digits                 X10 dots
//	X3 X4 the hex             X11 X12 where digits go
//	X5 X6 which are printable X13 X14 the blanks between them
//	                          X15 digits, X7 0f
TEXT ·columns(SB), NOSPLIT, $0-32
	MOVQ    hex+0(FP), DI
	MOVQ    text+8(FP), DX
	MOVQ    src+16(FP), SI
	MOVQ    eights+24(FP), CX
	VMOVDQU ·halves(SB), X7
	VMOVDQU ·dels(SB), X8
	VMOVDQU ·highest(SB), X9
	VMOVDQU ·dots(SB), X10
	VMOVDQU ·spread(SB), X11
	VMOVDQU ·spread+16(SB), X12
	VMOVDQU ·between(SB), X13
	VMOVDQU ·between+16(SB), X14
	VMOVDQU ·digits(SB), X15

loop:
	VMOVQ      (SI), X0
	VPSRLW     $4, X0, X1
	VPAND      X7, X0, X2
	VPAND      X7, X1, X1
	VPSHUFB    X2, X15, X2
	VPSHUFB    X1, X15, X1
	VPUNPCKLBW X2, X1, X1
	VPSHUFB    X11, X1, X3
	VPSHUFB    X12, X1, X4
	VPOR       X13, X3, X3
	VPOR       X14, X4, X4
	VMOVDQU    X3, (DI)
	VMOVQ      X4, 16(DI)

	VPCMPGTB  X9, X0, X5
	VPCMPEQB  X8, X0, X6
	VPANDN    X5, X6, X5
	VPBLENDVB X5, X0, X10, X0
	VMOVQ     X0, (DX)

	ADDQ $8, SI
	ADDQ $24, DI
	ADDQ $8, DX
	DECQ CX
	JNZ  loop
	RET
