#include "textflag.h"

// UTF8CHECK leaves 0 at each place of X1 whose byte goes with the three before
// it. X0 has the block, X5 its high halves, X8 the block before and X12 0f
// everywhere. It is the algorithm of Keiser and Lemire, Validating UTF-8 In Less
// Than One Instruction Per Byte: each bit is a way in which two bytes that
// follow each other can be wrong, tables have the bits that both halves of the
// first (X9 and X10) and the high half of the second (X11) admit, and what all
// three admit is so. One bit is not always wrong: 80, a continuation behind
// another. It must stand there exactly where two or three bytes further up
// a character begins that is so long.
// The registers are those of one block, X, or of two, Y.
#define UTF8CHECK(x0, x1, x2, x3, x5, x8, x9, x10, x11, x12) \
	VPALIGNR $15, x8, x0, x1          \
	VPSRLW   $4, x1, x2               \
	VPAND    x12, x2, x2              \
	VPAND    x12, x1, x1              \
	VPSHUFB  x2, x9, x2               \
	VPSHUFB  x1, x10, x1              \
	VPSHUFB  x5, x11, x3              \
	VPAND    x2, x1, x1               \
	VPAND    x3, x1, x1               \
	VPALIGNR $14, x8, x0, x2          \
	VPALIGNR $13, x8, x0, x3          \
	VPSUBUSB utf8<>+48(SB), x2, x2    \
	VPSUBUSB utf8<>+80(SB), x3, x3    \
	VPOR     x2, x3, x3               \
	VPAND    utf8<>+112(SB), x3, x3   \
	VPXOR    x3, x1, x1

#define UTF8ONE UTF8CHECK(X0, X1, X2, X3, X5, X8, X9, X10, X11, X12)

// UTF8TWO has both blocks before it in Y8, as of X8 only the end counts. It makes
// of that the 16 bytes before each.
#define UTF8TWO \
	VPERM2I128 $0x21, Y0, Y8, Y8 \
	UTF8CHECK(Y0, Y1, Y2, Y3, Y5, Y8, Y9, Y10, Y11, Y12)

#define UTF8TABLES \
	VMOVDQU utf8<>+0(SB), X9      \
	VMOVDQU utf8<>+16(SB), X10    \
	VMOVDQU utf8<>+32(SB), X11    \
	VMOVDQU ·halves(SB), X12      \
	VPXOR   X8, X8, X8

#define UTF8TABLESTWO \
	VBROADCASTI128 utf8<>+0(SB), Y9      \
	VBROADCASTI128 utf8<>+16(SB), Y10    \
	VBROADCASTI128 utf8<>+32(SB), Y11    \
	VBROADCASTI128 ·halves(SB), Y12      \
	VPXOR          Y8, Y8, Y8

// func utf8(src *byte, blocks int) (n int)
TEXT ·utf8(SB), NOSPLIT, $0-24
	MOVQ src+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ SI, DI
	UTF8TABLES

loop:
	VMOVDQU (DI), X0
	VPSRLW  $4, X0, X5
	VPAND   X12, X5, X5
	UTF8ONE
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

// func utf8Two(src *byte, blocks int) (n int)
//
// Two blocks at a time, and behind one that is left, zeros.
TEXT ·utf8Two(SB), NOSPLIT, $0-24
	MOVQ src+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ SI, DI
	UTF8TABLESTWO
	MOVQ CX, BX
	ANDQ $1, BX
	SHRQ $1, CX

loop:
	VMOVDQU (DI), Y0

last:
	VPSRLW $4, Y0, Y5
	VPAND  Y12, Y5, Y5
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
	UTF8TABLES
	VMOVDQU chars<>+96(SB), X14
	VMOVDQU 0(AX), X13
	VMOVDQU 16(AX), X7
	VPXOR   X15, X15, X15

block:
	VMOVDQU   (DI), X0
	VPCMPEQB  chars<>+0(SB), X0, X1
	VPCMPEQB  chars<>+32(SB), X0, X2
	VPMINUB   chars<>+64(SB), X0, X3
	VPCMPEQB  X0, X3, X3
	VPCMPEQB  X7, X0, X4
	VPOR      X4, X3, X3
	VPSRLW    $4, X0, X5
	VPAND     X12, X5, X5
	VPSHUFB   X0, X13, X4
	VPSHUFB   X5, X14, X6
	VPAND     X4, X6, X6
	VPCMPEQB  X15, X6, X6
	VPMOVMSKB X1, AX
	VPMOVMSKB X2, BX
	VPMOVMSKB X3, R9
	VPMOVMSKB X6, R10
	LEAL      (R8)(BX*2), R11
	TESTL     BX, R11
	JNZ       runs

look:
	TESTL DX, DX
	JNZ   stops
	UTF8ONE
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

	// Of backslashes in a row only every other one begins an escape. Taking
	// those that may begin one from what they precede, with bits at odd places
	// to borrow from, leaves a difference where one does, or what it escapes is.
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
	UTF8TABLESTWO
	VBROADCASTI128 chars<>+96(SB), Y14
	VBROADCASTI128 0(AX), Y13
	VBROADCASTI128 16(AX), Y7
	VPXOR          Y15, Y15, Y15
	MOVQ           $0xaaaaaaaaaaaaaaaa, R13
	MOVQ           CX, R12
	ANDQ           $1, R12
	SHRQ           $1, CX

block:
	VMOVDQU (DI), Y0

last:
	VPCMPEQB  chars<>+0(SB), Y0, Y1
	VPCMPEQB  chars<>+32(SB), Y0, Y2
	VPMINUB   chars<>+64(SB), Y0, Y3
	VPCMPEQB  Y0, Y3, Y3
	VPCMPEQB  Y7, Y0, Y4
	VPOR      Y4, Y3, Y3
	VPSRLW    $4, Y0, Y5
	VPAND     Y12, Y5, Y5
	VPSHUFB   Y0, Y13, Y4
	VPSHUFB   Y5, Y14, Y6
	VPAND     Y4, Y6, Y6
	VPCMPEQB  Y15, Y6, Y6
	VPMOVMSKB Y1, AX
	VPMOVMSKB Y2, BX
	VPMOVMSKB Y3, R9
	VPMOVMSKB Y6, R10
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

DATA chars<>+0(SB)/8, $0x2222222222222222
DATA chars<>+8(SB)/8, $0x2222222222222222
DATA chars<>+16(SB)/8, $0x2222222222222222
DATA chars<>+24(SB)/8, $0x2222222222222222
DATA chars<>+32(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA chars<>+40(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA chars<>+48(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA chars<>+56(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA chars<>+64(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA chars<>+72(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA chars<>+80(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA chars<>+88(SB)/8, $0x1f1f1f1f1f1f1f1f

// Of what is escaped the high halves: 2 has bit 1, 5 has 2, 6 has 4, 7 has 8.
DATA chars<>+96(SB)/8, $0x0804020000010000
DATA chars<>+104(SB)/8, $0x0000000000000000
GLOBL chars<>(SB), RODATA|NOPTR, $112

// What can be wrong with two bytes: 01 no continuation behind a beginning, 02 one
// behind ASCII, 04 e0 with less than a0, 08 f4 and up with more than 8f, 10 ed
// with more than 9f, 20 c0 or c1, 40 f0, or f5 and up, with less than 90, 80 two
// continuations.
DATA utf8<>+0(SB)/8, $0x0202020202020202
DATA utf8<>+8(SB)/8, $0x4915012180808080
DATA utf8<>+16(SB)/8, $0xcbcbcb8b8383a3e7
DATA utf8<>+24(SB)/8, $0xcbcbdbcbcbcbcbcb
DATA utf8<>+32(SB)/8, $0x0101010101010101
DATA utf8<>+40(SB)/8, $0x01010101babaaee6

// What makes 80 and more of e0 and up, and of f0 and up, and that.
DATA utf8<>+48(SB)/8, $0x6060606060606060
DATA utf8<>+56(SB)/8, $0x6060606060606060
DATA utf8<>+64(SB)/8, $0x6060606060606060
DATA utf8<>+72(SB)/8, $0x6060606060606060
DATA utf8<>+80(SB)/8, $0x7070707070707070
DATA utf8<>+88(SB)/8, $0x7070707070707070
DATA utf8<>+96(SB)/8, $0x7070707070707070
DATA utf8<>+104(SB)/8, $0x7070707070707070
DATA utf8<>+112(SB)/8, $0x8080808080808080
DATA utf8<>+120(SB)/8, $0x8080808080808080
DATA utf8<>+128(SB)/8, $0x8080808080808080
DATA utf8<>+136(SB)/8, $0x8080808080808080
GLOBL utf8<>(SB), RODATA|NOPTR, $144
