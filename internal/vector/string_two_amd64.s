#define TWO

#include "textflag.h"
#include "string_amd64.h"

// UTF8TWO is UTF8CHECK where Y8 has both blocks before these, as of X8 only the end
// counts. It makes of that the 16 bytes before each.
#define UTF8TWO \
	VPERM2I128 $0x21, Y0, Y8, Y8 \
	UTF8CHECK

// func utf8Two(src *byte, blocks int) (n int)
//
// Two blocks at a time, and behind one that is left, zeros.
TEXT ·utf8Two(SB), NOSPLIT, $0-24
	MOVQ src+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ SI, DI
	UTF8TABLES
	MOVQ CX, BX
	ANDQ $1, BX
	SHRQ $1, CX

loop:
	VMOVDQU (DI), Y0

last:
	HIGH_HALVES
	UTF8TWO
	VPTEST Y1, Y1
	JNZ    done
	VMOVDQA Y0, Y8
	ADDQ   $32, DI
	DECQ   CX
	JNZ    loop

	DECQ    BX
	JNZ     done
	VMOVDQU (DI), X0
	MOVL    $1, CX
	JMP     last

done:
	VZEROUPPER
	SUBQ    SI, DI
	MOVQ    blocks+8(FP), AX
	SHLQ    $4, AX
	CMPQ    DI, AX
	CMOVQGT AX, DI     // without the zeros
	MOVQ    DI, n+16(FP)
	RET

// func strTwo(src *byte, blocks int, isUTF8 bool, k *kind) (n int)
//
// It goes as str does, two blocks at a time. Behind one that is left are zeros,
// which stop it.
TEXT ·strTwo(SB), NOSPLIT, $0-40
	MOVQ           src+0(FP), SI
	MOVQ           blocks+8(FP), CX
	MOVBLZX        isUTF8+16(FP), DX
	MOVQ           k+24(FP), AX
	MOVQ           SI, DI
	XORL           R8, R8
	STRING_CONSTANTS
	MOVQ           $0xaaaaaaaaaaaaaaaa, R13
	MOVQ           CX, R12
	ANDQ           $1, R12
	SHRQ           $1, CX

block:
	VMOVDQU (DI), Y0

last:
	STRING_KINDS
	LEAQ      (R8)(BX*2), R11
	TESTQ     BX, R11
	JNZ       runs

look:
	TESTL DX, DX
	JNZ   stops
	UTF8TWO
	VPTEST Y1, Y1
	JNZ    end
	VMOVDQA Y0, Y8

stops:
	XORL  AX, R10
	ANDL  R11, R10
	XORL  AX, R10
	ORL   R9, R10
	JNZ   stop
	MOVQ  R11, R8
	SHRQ  $32, R8
	ADDQ  $32, DI
	DECQ  CX
	JNZ   block

	DECQ    R12
	JNZ     end
	VMOVDQU (DI), X0
	MOVL    $1, CX
	JMP     last

end:
	VZEROUPPER
	SUBQ SI, DI
	SUBQ R8, DI
	MOVQ DI, n+32(FP)
	RET

stop:
	VZEROUPPER
	BSFL R10, R10
	BTL  R10, R11
	SBBQ $0, DI
	ADDQ R10, DI
	SUBQ SI, DI
	MOVQ DI, n+32(FP)
	RET

runs:
	MOVQ R8, R11
	NOTQ R11
	ANDQ R11, BX
	LEAQ (BX)(BX*1), R11
	ORQ  R13, R11
	SUBQ BX, R11
	XORQ R13, R11
	XORQ BX, R11
	XORQ R8, R11
	JMP  look
