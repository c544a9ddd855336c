#include "textflag.h"
#include "string_amd64.h"

// func utf8(src *byte, blocks int) (n int)
TEXT ·utf8(SB), NOSPLIT, $0-24
	MOVQ src+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ SI, DI
	UTF8TABLES

loop:
	VMOVDQU (DI), X0
	HIGH_HALVES
	UTF8CHECK
	VPTEST  X1, X1
	JNZ     done
	VMOVDQA X0, X8
	ADDQ    $16, DI
	DECQ    CX
	JNZ     loop

done:
	SUBQ SI, DI
	MOVQ DI, n+16(FP)
	RET

// func str(src *byte, blocks int, isUTF8 bool, k *kind) (n int)
//
// Of a block AX has a bit for each quotation mark, BX for each backslash, R9 for
// each control character, R10 for each character that makes no escape, and R11
// for each that a backslash makes one of; R8 is 1 where the block before left
// one. X13 and X14 are tables of the characters that make escapes, by their
// low and high halves, X7 is what stops like a control character.
TEXT ·str(SB), NOSPLIT, $0-40
	MOVQ    src+0(FP), SI
	MOVQ    blocks+8(FP), CX
	MOVBLZX isUTF8+16(FP), DX
	MOVQ    k+24(FP), AX
	MOVQ    SI, DI
	XORL    R8, R8
	STRING_CONSTANTS

block:
	VMOVDQU   (DI), X0
	STRING_KINDS
	LEAL      (R8)(BX*2), R11
	TESTL     BX, R11
	JNZ       runs

look:
	TESTL DX, DX
	JNZ   stops
	UTF8CHECK
	VPTEST X1, X1
	JNZ    end
	VMOVDQA X0, X8

stops:
	XORL  AX, R10
	ANDL  R11, R10
	XORL  AX, R10  // of what is escaped that which must not be, of the rest quotation marks
	ORL   R9, R10
	JNZ   stop
	MOVL  R11, R8
	SHRL  $16, R8
	ADDQ  $16, DI
	DECQ  CX
	JNZ   block

end:
	SUBQ SI, DI
	SUBQ R8, DI
	MOVQ DI, n+32(FP)
	RET

stop:
	BSFL R10, R10
	BTL  R10, R11
	SBBQ $0, DI    // back to the backslash
	ADDQ R10, DI
	SUBQ SI, DI
	MOVQ DI, n+32(FP)
	RET

	// See ESCAPED in quoting_amd64.h: here R8 is what is carried.
runs:
	MOVL R8, R11
	NOTL R11
	ANDL R11, BX
	LEAL (BX)(BX*1), R11
	ORL  $0xaaaaaaaa, R11
	SUBL BX, R11
	XORL $0xaaaaaaaa, R11
	XORL BX, R11
	XORL R8, R11
	JMP  look
