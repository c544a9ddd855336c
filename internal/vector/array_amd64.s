#include "textflag.h"
#include "constants_amd64.h"
#include "quoting_amd64.h"
#include "utf8_amd64.h"

// MASK leaves in to a bit for each byte of Y2 and Y3 that is ff. It overwrites R10.
#define MASK(to) HALVES(to, R10)

// EQUAL is the MASK of the bytes that are those of value.
#define EQUAL(value, to) \
	VMOVDQU  value, Y4    \
	VPCMPEQB Y4, Y0, Y2   \
	VPCMPEQB Y4, Y1, Y3   \
	MASK(to)

// AMONG is the MASK of the bytes that a table has by their low halves.
#define AMONG(table, to) \
	VPSHUFB  Y0, table, Y2 \
	VPSHUFB  Y1, table, Y3 \
	VPCMPEQB Y0, Y2, Y2    \
	VPCMPEQB Y1, Y3, Y3    \
	MASK(to)

// NEVER leaves ff in to where a byte of x is a control character, 7f or 7b.
#define NEVER(x, to) \
	VPMINUB  ·highest(SB), x, to  \
	VPCMPEQB x, to, to             \
	VPOR     bit<>(SB), x, Y5  \
	VPCMPEQB ·dels(SB), Y5, Y5 \
	VPOR     Y5, to, to

// CHECK adds to Y15 what is no UTF-8 in x, before which last stands. It overwrites Y2 to
// Y4.
#define CHECK(x, last) \
	VPERM2I128 $0x21, x, last, Y4    \
	UTF8HALVES(Y4, x, Y12, Y3, Y2)   \
	VPSHUFB  Y3, Y9, Y3              \
	VPSHUFB  Y2, Y10, Y2             \
	VPAND    Y2, Y3, Y2              \
	VPSRLW   $4, x, Y3               \
	VPAND    Y12, Y3, Y3             \
	VPSHUFB  Y3, Y11, Y3             \
	VPAND    Y3, Y2, Y2              \
	UTF8LONG(Y4, x, Y3, Y4, Y3, Y2)  \
	VPOR     Y2, Y15, Y15

// AT stores the offset of the lowest bit of DX, and clears it.
#define AT(i) \
	TZCNTQ DX, AX    \
	ADDQ   R13, AX   \
	MOVL   AX, i(DI) \
	BLSRQ  DX, DX

// func array(src *byte, blocks int, m *ArrayMarks) (end int, stopped bool)
//
// Of a block there is a bit in AX for each quotation mark, BX for each backslash,
// DX for each bracket and comma, R8 for each letter that may be escaped, and CX for
// each byte at which it stops. What is carried from block to block is in R11 to R14
// and Y8, as in ArrayMarks.
TEXT ·array(SB), NOSPLIT, $8-33
	MOVQ    src+0(FP), SI
	MOVQ    m+16(FP), R9
	MOVQ    0(R9), R11
	MOVQ    8(R9), R12
	MOVQ    16(R9), R14
	MOVQ    24(R9), AX
	MOVQ    AX, closed-8(SP)
	MOVQ    32(R9), R13
	MOVQ    40(R9), AX
	LEAQ    112(R9)(AX*4), DI
	VMOVDQU 48(R9), Y8
	VMOVDQU 80(R9), Y15

	VBROADCASTI128 ·utf8First(SB), Y9
	VBROADCASTI128 ·utf8Low(SB), Y10
	VBROADCASTI128 ·utf8Second(SB), Y11
	VBROADCASTI128 ·halves(SB), Y12
	VBROADCASTI128 marks<>(SB), Y13
	VBROADCASTI128 letters<>(SB), Y14
	VPCMPEQB       X6, X6, X6

block:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	EQUAL(·quotes(SB), AX)
	EQUAL(·slashes(SB), BX)
	NEVER(Y0, Y2)
	NEVER(Y1, Y3)
	MASK(CX)
	AMONG(Y13, DX)
	AMONG(Y14, R8)
	CHECK(Y0, Y8)
	CHECK(Y1, Y0)
	VMOVDQA Y1, Y8

	// R10 is what is escaped.
	ESCAPED(BX, R12, R10, R9, R10)
	ANDQ  BX, R9
	SHRQ  $63, R9
	MOVQ  R9, R12
	ORQ   AX, R8
	ORQ   BX, R8
	ANDNQ R10, R8, R8
	ORQ   R8, CX
	ANDNQ AX, R10, AX

	// R9 is what is in strings, with the marks that begin them.
	INSIDE(AX, X6, R9, R11)
	ANDNQ DX, R9, DX
	ANDNQ BX, R9, BX
	ORQ   BX, CX

	// A string begins behind a bracket or comma, and one follows it.
	MOVQ  AX, R10
	ANDQ  R9, R10
	ANDNQ AX, R9, AX
	LEAQ  (R14)(DX*2), R8
	ANDNQ R10, R8, R10
	ORQ   R10, CX
	MOVQ  DX, R14
	SHRQ  $63, R14
	MOVQ  closed-8(SP), R8
	LEAQ  (R8)(AX*2), R8
	ANDNQ R8, DX, R8
	ORQ   R8, CX
	SHRQ  $63, AX
	MOVQ  AX, closed-8(SP)

	BLSMSKQ CX, R10
	ANDQ    R10, DX
	JZ      none

	// Eight at a time, as a jump for each would often go the wrong way.
	POPCNTQ DX, R10
	LEAQ    (DI)(R10*4), R10

each:
	AT(0)
	AT(4)
	AT(8)
	AT(12)
	AT(16)
	AT(20)
	AT(24)
	AT(28)
	ADDQ  $32, DI
	TESTQ DX, DX
	JNZ   each
	MOVQ  R10, DI

none:
	TESTQ CX, CX
	JNZ   stop
	ADDQ  $64, SI
	ADDQ  $64, R13
	MOVQ  m+16(FP), R9
	LEAQ  624(R9), R10 // of 128 marks
	CMPQ  DI, R10
	JA    more
	DECQ  blocks+8(FP)
	JNZ   block

more:
	MOVQ    R11, 0(R9)
	MOVQ    R12, 8(R9)
	MOVQ    R14, 16(R9)
	MOVQ    closed-8(SP), AX
	MOVQ    AX, 24(R9)
	MOVQ    R13, 32(R9)
	VMOVDQU Y8, 48(R9)
	VMOVDQU Y15, 80(R9)
	MOVB    $0, stopped+32(FP)
	JMP     done

stop:
	TZCNTQ CX, CX
	ADDQ   R13, CX
	XORL   AX, AX
	VPTEST Y15, Y15
	CMOVQNE AX, CX // what follows may be wrong: that is told in another way
	MOVQ   CX, end+24(FP)
	MOVB   $1, stopped+32(FP)
	MOVQ   m+16(FP), R9

done:
	LEAQ 112(R9), AX
	SUBQ AX, DI
	SHRQ $2, DI
	MOVQ DI, 40(R9)
	VZEROUPPER
	RET

ALL(bit<>, 0x0404040404040404) // 7b becomes 7f

// By low halves: brackets and commas, and letters that may be escaped. ff is in no
// place of its own.
TWICE(marks<>, 0xffffffffffffffff, 0xffff5d2c5bffffff)
TWICE(letters<>, 0xffffff74ff72ffff, 0xff6effffffffffff)
