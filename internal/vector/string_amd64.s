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
#define UTF8CHECK \
	VPALIGNR $15, X8, X0, X1          \
	VPSRLW   $4, X1, X2               \
	VPAND    X12, X2, X2              \
	VPAND    X12, X1, X1              \
	VPSHUFB  X2, X9, X2               \
	VPSHUFB  X1, X10, X1              \
	VPSHUFB  X5, X11, X3              \
	VPAND    X2, X1, X1               \
	VPAND    X3, X1, X1               \
	VPALIGNR $14, X8, X0, X2          \
	VPALIGNR $13, X8, X0, X3          \
	VPSUBUSB utf8<>+48(SB), X2, X2    \
	VPSUBUSB utf8<>+64(SB), X3, X3    \
	VPOR     X2, X3, X3               \
	VPAND    utf8<>+80(SB), X3, X3    \
	VPXOR    X3, X1, X1

#define UTF8TABLES \
	VMOVDQU utf8<>+0(SB), X9      \
	VMOVDQU utf8<>+16(SB), X10    \
	VMOVDQU utf8<>+32(SB), X11    \
	VMOVDQU chars<>+48(SB), X12   \
	VPXOR   X8, X8, X8

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
	UTF8TABLES
	VMOVDQU chars<>+64(SB), X14
	VMOVDQU 0(AX), X13
	VMOVDQU 16(AX), X7
	VPXOR   X15, X15, X15

block:
	VMOVDQU   (DI), X0
	VPCMPEQB  chars<>+0(SB), X0, X1
	VPCMPEQB  chars<>+16(SB), X0, X2
	VPMINUB   chars<>+32(SB), X0, X3
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

DATA chars<>+0(SB)/8, $0x2222222222222222
DATA chars<>+8(SB)/8, $0x2222222222222222
DATA chars<>+16(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA chars<>+24(SB)/8, $0x5c5c5c5c5c5c5c5c
DATA chars<>+32(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA chars<>+40(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA chars<>+48(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA chars<>+56(SB)/8, $0x0f0f0f0f0f0f0f0f

// Of what is escaped the high halves: 2 has bit 1, 5 has 2, 6 has 4, 7 has 8.
DATA chars<>+64(SB)/8, $0x0804020000010000
DATA chars<>+72(SB)/8, $0x0000000000000000
GLOBL chars<>(SB), RODATA|NOPTR, $80

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
DATA utf8<>+48(SB)/8, $0x6060606060606060 // e0 is 80 then, as is f0 below
DATA utf8<>+56(SB)/8, $0x6060606060606060
DATA utf8<>+64(SB)/8, $0x7070707070707070
DATA utf8<>+72(SB)/8, $0x7070707070707070
DATA utf8<>+80(SB)/8, $0x8080808080808080
DATA utf8<>+88(SB)/8, $0x8080808080808080
GLOBL utf8<>(SB), RODATA|NOPTR, $96
