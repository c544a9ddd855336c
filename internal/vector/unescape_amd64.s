#include "textflag.h"
#include "constants_amd64.h"

// DIGITS makes the values of hexadecimal digits of the bytes of x, and more than
// 15 of all else. Of the two readings, as 0 to 9 and as A to F, one is always
// more than 15. t and u are overwritten.
#define DIGITS(x, t, u) \
	VPADDB   tops<>(SB), x, t   \ // 0 to 9 are f6 to ff
	VPSUBUSB sixes<>(SB), t, t  \ // f0 to f9, and all else less
	VPSUBB   f0s<>(SB), t, t    \
	VPAND    uppers<>(SB), x, u \
	VPSUBB   as<>(SB), u, u     \
	VPADDUSB tens<>(SB), u, u   \
	VPMINUB  t, u, x

// ESCAPES finds the escapes of the block X0, whose backslashes are AX and X1: X2,
// X3 and X4 are the blocks that begin one, two and three bytes behind it. X0 is
// then what the escapes stand for and AX what to keep of it, DX where it has to
// stop, of which BX has the quotation marks, and R11 is for the next block.
//
// Of the backslashes in a row, every second one begins an escape. Taken from a
// one behind each and ones at all odd places, they leave a change where the parity
// does.
#define ESCAPES \
	DIGITS(X3, X5, X6) \
	DIGITS(X4, X5, X6) \
	VPOR      X3, X4, X5 \
	VPADDUSB  sevens<>(SB), X5, X5 \
	VPMOVMSKB X5, DX \ // not two digits
	VPAND     X10, X3, X3 \
	VPSLLW    $4, X3, X3 \
	VPOR      X4, X3, X3 \
	VPCMPEQB  X2, X11, X4 \
	VPMOVMSKB X4, CX \ // x
	VPSHUFB   X2, X13, X5 \
	VPCMPEQB  X2, X5, X5 \
	VPCMPEQB  X2, X14, X6 \
	VPOR      X6, X5, X5 \
	VPMOVMSKB X5, R13 \ // the second character of an escape
	VPSHUFB   X2, X12, X5 \
	VPAND     returns<>(SB), X6, X6 \
	VPXOR     X6, X5, X5 \
	VPBLENDVB X4, X3, X5, X3 \
	VPBLENDVB X1, X3, X0, X0 \
	MOVL R11, R10 \
	NOTL R10 \
	ANDL AX, R10 \
	LEAL (R10)(R10*1), AX \
	ORL  $0xaaaaaaaa, AX \
	SUBL R10, AX \
	XORL $0xaaaaaaaa, AX \
	ANDL AX, R10 \ // where escapes begin
	ANDL R10, CX \ // those of digits
	ANDL CX, DX \
	NOTL R13 \
	ANDL R10, R13 \
	ORL  R13, DX \
	LEAL (R11)(R10*2), R11 \
	LEAL (CX)(CX*2), CX \
	LEAL (R11)(CX*4), R11 \
	MOVL R11, AX \
	NOTL AX \
	ANDL AX, BX \
	ORL  BX, DX \ // where it has to stop
	SHRL $16, R11

// func unescape(dst, src *byte, room, n int, quotes uint32) (took, made int)
//
// Each place of a block gets what the escape stands for that begins there, or the
// byte itself. What the escapes have besides is then dropped: R11 has a bit for
// each place, of which those beyond 16 are for the next block.
TEXT ·unescape(SB), NOSPLIT, $0-56
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    room+16(FP), R8
	LEAQ    -16(DI)(R8*1), R8 // the last place for a block
	MOVQ    n+24(FP), R9
	LEAQ    -19(SI)(R9*1), R9 // the last block that has three bytes behind it
	LEAQ    ·compact(SB), R12
	XORL    R11, R11
	VMOVDQU ·slashes(SB), X15
	VMOVDQU ·quotes(SB), X14
	VMOVDQU letters<>(SB), X13
	VMOVDQU values<>(SB), X12
	VMOVDQU ·exes(SB), X11
	VMOVDQU ·halves(SB), X10

loop:
	CMPQ      SI, R9
	JHI       last
	CMPQ      DI, R8
	JHI       done
	VMOVDQU   (SI), X0
	VPCMPEQB  X0, X15, X1
	VPMOVMSKB X1, AX // backslashes
	VPCMPEQB  X0, X14, X2
	VPMOVMSKB X2, BX
	ANDL      quotes+32(FP), BX // quotation marks, if they count
	MOVL      AX, DX
	ORL       R11, DX
	JNZ       some
	VMOVDQU   X0, (DI)
	TESTL     BX, BX
	JNZ       quote
	ADDQ      $16, SI
	ADDQ      $16, DI
	JMP       loop

quote:
	BSFL BX, BX
	ADDQ BX, SI
	ADDQ BX, DI
	JMP  done

some:
	VMOVDQU   1(SI), X2
	VMOVDQU   2(SI), X3
	VMOVDQU   3(SI), X4
	ESCAPES
	TESTL DX, DX
	JNZ  stop

keep:
	MOVBLZX AX, CX
	MOVWLZX AX, AX
	MOVL    AX, BX
	SHRL    $8, BX
	POPCNTL AX, AX
	POPCNTL CX, DX
	VMOVQ   (R12)(CX*8), X1
	VMOVQ   (R12)(BX*8), X2
	VPSHUFB X1, X0, X1
	VPSRLDQ $8, X0, X0
	VPSHUFB X2, X0, X2
	VMOVQ   X1, (DI)
	VMOVQ   X2, (DI)(DX*1)
	ADDQ    $16, SI
	ADDQ    AX, DI
	JMP     loop

stop: // keep what stands before, and make this block the last
	BSFL DX, CX
	MOVL $-1, BX
	SHLL CX, BX
	NOTL BX
	ANDL BX, AX
	LEAQ -16(SI)(CX*1), SI
	XORL R9, R9
	XORL R11, R11
	JMP  keep

last: // up to 16 bytes that are left, and zeros behind them, which are in no escape
	TESTQ     R9, R9
	JZ        done
	CMPQ      DI, R8
	JHI       done
	POPCNTL   R11, R11
	ADDQ      R11, SI
	XORL      R11, R11
	LEAQ      19(R9), CX
	SUBQ      SI, CX
	CMPQ      CX, $16
	JHI       done
	LEAQ      ·slide+16(SB), DX
	SUBQ      CX, DX
	VMOVDQU   3(R9), X0
	VPSHUFB   (DX), X0, X0
	MOVQ      CX, R9
	VPCMPEQB  X0, X15, X1
	VPMOVMSKB X1, AX
	VPCMPEQB  X0, X14, X2
	VPMOVMSKB X2, BX
	ANDL      quotes+32(FP), BX
	VPSRLDQ   $1, X0, X2
	VPSRLDQ   $2, X0, X3
	VPSRLDQ   $3, X0, X4
	ESCAPES
	MOVQ      R9, CX
	MOVL      $-1, R9
	SHLL      CX, R9
	ORL       R9, DX
	JMP       stop

done:
	POPCNTL R11, R11
	ADDQ    R11, SI
	SUBQ    src+8(FP), SI
	SUBQ    dst+0(FP), DI
	MOVQ    SI, took+40(FP)
	MOVQ    DI, made+48(FP)
	RET

// func unhex(dst, src *byte, blocks int) (done int)
TEXT ·unhex(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), CX
	MOVQ    CX, BX
	VMOVDQU weights<>(SB), X15

loop:
	VMOVDQU    (SI), X0
	VMOVDQU    16(SI), X1
	DIGITS(X0, X2, X3)
	DIGITS(X1, X2, X3)
	VPOR       X0, X1, X2
	VPADDUSB   sevens<>(SB), X2, X2
	VPMOVMSKB  X2, AX
	TESTL      AX, AX
	JNZ        done
	VPMADDUBSW X15, X0, X0
	VPMADDUBSW X15, X1, X1
	VPACKUSWB  X1, X0, X0
	VMOVDQU    X0, (DI)
	ADDQ       $32, SI
	ADDQ       $16, DI
	DECQ       CX
	JNZ        loop

done:
	SUBQ CX, BX
	MOVQ BX, done+24(FP)
	RET

ALL(tops<>, 0xc6c6c6c6c6c6c6c6)
ALL(sixes<>, 0x0606060606060606)
ALL(f0s<>, 0xf0f0f0f0f0f0f0f0)
ALL(uppers<>, 0xdfdfdfdfdfdfdfdf)
ALL(as<>, 0x4141414141414141)
ALL(tens<>, 0x0a0a0a0a0a0a0a0a)
ALL(sevens<>, 0x7070707070707070)
ALL(weights<>, 0x0110011001100110)

// The second characters of escapes, by their low four bits, and what they stand
// for; 80 is none. The quotation mark and r are both at 2: returns makes the mark
// of what r stands for.
TWICE(letters<>, 0x2780807480728080, 0x806e805c80808078)
TWICE(values<>, 0x27000009000d0000, 0x000a005c00000000)
ALL(returns<>, 0x2f2f2f2f2f2f2f2f)
