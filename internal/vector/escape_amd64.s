#include "textflag.h"
#include "escapes_amd64.h"

// func escape(dst, src *byte, n int, ways *[171][2][16]byte, short *[16]byte) (wrote int)
//
// Each byte c becomes four characters: c and three that are not wanted, or a
// backslash, a letter and two that are not wanted, or \xhh. Of four bytes, 16
// characters, a shuffle that depends on which of the three each of them is
// brings those that are wanted together.
TEXT ·escape(SB), NOSPLIT, $0-48
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    n+16(FP), BX
	MOVQ    ways+24(FP), R8
	MOVQ    short+32(FP), AX
	MOVQ    BX, CX
	SHRQ    $4, CX
	ANDQ    $15, BX
	XORL    R14, R14
	VMOVDQU (AX), X13
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
	WAYS4
	CHARACTERS
	SIXTEEN4
	TO_THE_END
	MOVQ DI, wrote+40(FP)
	RET

// func hexadecimal(dst, src *byte, blocks int)
TEXT ·hexadecimal(SB), NOSPLIT, $0-24
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), CX
	VMOVDQU ·digits(SB), X4
	VMOVDQU ·halves(SB), X5

loop:
	VMOVDQU    (SI), X0
	VPSRLW     $4, X0, X1
	VPAND      X5, X0, X0
	VPAND      X5, X1, X1
	VPSHUFB    X0, X4, X0
	VPSHUFB    X1, X4, X1
	VPUNPCKLBW X0, X1, X2
	VPUNPCKHBW X0, X1, X3
	VMOVDQU    X2, (DI)
	VMOVDQU    X3, 16(DI)
	ADDQ       $16, SI
	ADDQ       $32, DI
	DECQ       CX
	JNZ        loop
	RET

// func plain(src *byte, blocks int) (n int)
TEXT ·plain(SB), NOSPLIT, $0-24
	MOVQ    src+0(FP), SI
	MOVQ    blocks+8(FP), CX
	VMOVDQU ·dels(SB), X9
	VMOVDQU ·highest(SB), X10
	XORL    DX, DX

loop:
	VMOVDQU   (SI), X0
	VPCMPGTB  X10, X0, X1
	VPCMPEQB  X9, X0, X2
	VPANDN    X1, X2, X1
	VPMOVMSKB X1, AX
	POPCNTL   AX, AX
	ADDQ      AX, DX
	ADDQ      $16, SI
	DECQ      CX
	JNZ       loop
	MOVQ      DX, n+16(FP)
	RET

// func hexadecimalTwo(dst, src *byte, blocks int)
//
// Two blocks at a time, the last two again if one is left.
TEXT ·hexadecimalTwo(SB), NOSPLIT, $0-24
	MOVQ           dst+0(FP), DI
	MOVQ           src+8(FP), SI
	MOVQ           blocks+16(FP), CX
	VBROADCASTI128 ·digits(SB), Y4
	VBROADCASTI128 ·halves(SB), Y5
	MOVQ           CX, BX
	ANDQ           $1, BX
	SHRQ           $1, CX

loop:
	VPERMQ     $0xd8, (SI), Y0 // as unpacking takes the same part of both blocks
	VPSRLW     $4, Y0, Y1
	VPAND      Y5, Y0, Y0
	VPAND      Y5, Y1, Y1
	VPSHUFB    Y0, Y4, Y0
	VPSHUFB    Y1, Y4, Y1
	VPUNPCKLBW Y0, Y1, Y2
	VPUNPCKHBW Y0, Y1, Y3
	VMOVDQU    Y2, (DI)
	VMOVDQU    Y3, 32(DI)
	ADDQ       $32, SI
	ADDQ       $64, DI
	DECQ       CX
	JNZ        loop

	SUBQ $16, SI
	SUBQ $32, DI
	MOVL $1, CX
	DECQ BX
	JZ   loop
	VZEROUPPER
	RET

// func plainTwo(src *byte, blocks int) (n int)
//
// Two blocks at a time, and behind one that is left, zeros.
TEXT ·plainTwo(SB), NOSPLIT, $0-24
	MOVQ           src+0(FP), SI
	MOVQ           blocks+8(FP), CX
	VBROADCASTI128 ·dels(SB), Y9
	VBROADCASTI128 ·highest(SB), Y10
	XORL           DX, DX
	MOVQ           CX, BX
	ANDQ           $1, BX
	SHRQ           $1, CX

loop:
	VMOVDQU (SI), Y0

last:
	VPCMPGTB  Y10, Y0, Y1
	VPCMPEQB  Y9, Y0, Y2
	VPANDN    Y1, Y2, Y1
	VPMOVMSKB Y1, AX
	POPCNTL   AX, AX
	ADDQ      AX, DX
	ADDQ      $32, SI
	DECQ      CX
	JNZ       loop

	DECQ    BX
	JNZ     done
	VMOVDQU (SI), X0
	MOVL    $1, CX
	JMP     last

done:
	VZEROUPPER
	MOVQ DX, n+16(FP)
	RET
