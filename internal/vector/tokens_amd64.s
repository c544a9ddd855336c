#include "textflag.h"

#define ALL(name, value) \
	DATA name+0(SB)/8, $value  \
	DATA name+8(SB)/8, $value  \
	DATA name+16(SB)/8, $value \
	DATA name+24(SB)/8, $value \
	GLOBL name(SB), RODATA|NOPTR, $32

ALL(quote<>, 0x2222222222222222)
ALL(slash<>, 0x5c5c5c5c5c5c5c5c)
ALL(space<>, 0x2020202020202020)
ALL(comma<>, 0x2c2c2c2c2c2c2c2c)
ALL(colon<>, 0x3a3a3a3a3a3a3a3a)
ALL(opening<>, 0x7b7b7b7b7b7b7b7b)
ALL(closing<>, 0x7d7d7d7d7d7d7d7d)
ALL(zero<>, 0x3030303030303030)
ALL(toDigits<>, 0x4646464646464646) // makes 76 to 7f of digits
ALL(digit<>, 0x7575757575757575)
ALL(low<>, 0x0f0f0f0f0f0f0f0f)
ALL(·one, 0x0101010101010101)
ALL(·top, 0x8080808080808080)
ALL(·odd, 0xaaaaaaaaaaaaaaaa)

#define TWICE(name, first, second) \
	DATA name+0(SB)/8, $first   \
	DATA name+8(SB)/8, $second  \
	DATA name+16(SB)/8, $first  \
	DATA name+24(SB)/8, $second \
	GLOBL name(SB), RODATA|NOPTR, $32

// The characters behind backslashes, "\nrt: the high halves that they have, by their
// low ones, in bits, and these bits by the high halves.
TWICE(·behind, 0x0000000800090000, 0x0004000200000000)
TWICE(·behindHigh, 0x0804020000010000, 0)

// What can be wrong with two bytes, as in str, and what begins three bytes or four.
TWICE(·utf8First, 0x0202020202020202, 0x4915012180808080)
TWICE(·utf8Low, 0xcbcbcb8b8383a3e7, 0xcbcbdbcbcbcbcbcb)
TWICE(·utf8Second, 0x0101010101010101, 0x01010101babaaee6)
ALL(·utf8Three, 0x6060606060606060)
ALL(·utf8Four, 0x7070707070707070)

// BITS makes a mask of the bytes of a and b, the halves of a block, that equal c.
#define BITS(c, a, b, mask, more) \
	VPCMPEQB  c(SB), a, Y2 \
	VPCMPEQB  c(SB), b, Y3 \
	HALVES(mask, more)

#define HALVES(mask, more) \
	VPMOVMSKB Y2, mask     \
	VPMOVMSKB Y3, more     \
	SHLQ      $32, more    \
	ORQ       more, mask

#include "quoting_amd64.h"

// UTF8 adds to Y14 what is wrong with the bytes of b, behind those of a: see UTF8CHECK.
#define UTF8(a, b) \
	VPERM2I128 $0x21, b, a, Y6      \
	VPALIGNR   $15, Y6, b, Y2       \
	VPSRLW     $4, Y2, Y3           \
	VPAND      low<>(SB), Y3, Y3    \
	VPAND      low<>(SB), Y2, Y2    \
	VPSRLW     $4, b, Y4            \
	VPAND      low<>(SB), Y4, Y4    \
	VPSHUFB    Y3, Y9, Y3           \
	VPSHUFB    Y2, Y10, Y2          \
	VPSHUFB    Y4, Y11, Y4          \
	VPAND      Y2, Y3, Y2           \
	VPAND      Y4, Y2, Y2           \
	VPALIGNR   $14, Y6, b, Y3       \
	VPALIGNR   $13, Y6, b, Y4       \
	VPSUBUSB   ·utf8Three(SB), Y3, Y3  \
	VPSUBUSB   ·utf8Four(SB), Y4, Y4   \
	VPOR       Y3, Y4, Y4           \
	VPAND      ·top(SB), Y4, Y4    \
	VPXOR      Y4, Y2, Y2           \
	VPOR       Y2, Y14, Y14

#define QUOTES(mask, more) BITS(quote<>, Y0, Y1, mask, more)
#define COMMAS(mask, more) BITS(comma<>, Y0, Y1, mask, more)
#define COLONS(mask, more) BITS(colon<>, Y0, Y1, mask, more)
#define SPACES(mask, more) BITS(space<>, Y0, Y1, mask, more)
#define ZEROS(mask, more) BITS(zero<>, Y0, Y1, mask, more)
#define CLOSINGS(mask, more) BITS(closing<>, Y4, Y5, mask, more)

#define OPENINGS(mask, more) \
	VPOR Y12, Y0, Y4 \
	VPOR Y12, Y1, Y5 \
	BITS(opening<>, Y4, Y5, mask, more)

#define DIGITS(mask, more) \
	VPADDB   toDigits<>(SB), Y0, Y2 \
	VPADDB   toDigits<>(SB), Y1, Y3 \
	VPCMPGTB digit<>(SB), Y2, Y2    \
	VPCMPGTB digit<>(SB), Y3, Y3    \
	HALVES(mask, more)

// func tokens(src *byte, blocks int, t *Tokens, marks *Marks) (ok bool)
//
// Y0 and Y1 are the block, Y8 is the half before it. Y14 is not 0 where a byte is no
// UTF-8, Y15 not negative where one is a control character or 7f. R9 to R13 are what
// Tokens has.
TEXT ·tokens(SB), NOSPLIT, $0-33
	MOVQ     src+0(FP), SI
	MOVQ     t+16(FP), AX
	MOVQ     marks+24(FP), DI
	MOVQ     0(AX), R9
	MOVQ     8(AX), R10
	MOVQ     16(AX), R11
	MOVQ     24(AX), R12
	MOVQ     32(AX), R13
	VMOVDQU  40(AX), Y8
	VMOVDQU  ·utf8First(SB), Y9
	VMOVDQU  ·utf8Low(SB), Y10
	VMOVDQU  ·utf8Second(SB), Y11
	VMOVDQU  space<>(SB), Y12
	VPCMPEQB Y13, Y13, Y13
	VPXOR    Y14, Y14, Y14
	VMOVDQA  Y13, Y15

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	VPSUBB   Y13, Y0, Y2  // the one more, as 7f is negative then
	VPSUBB   Y13, Y1, Y3
	VPCMPGTB Y12, Y2, Y2
	VPCMPGTB Y12, Y3, Y3
	VPOR     Y0, Y2, Y2
	VPOR     Y1, Y3, Y3
	VPAND    Y2, Y15, Y15
	VPAND    Y3, Y15, Y15

	VPOR      Y0, Y1, Y2
	VPOR      Y8, Y2, Y2
	VPMOVMSKB Y2, AX
	TESTL     AX, AX
	JZ        ascii
	UTF8(Y8, Y0)
	UTF8(Y0, Y1)

ascii:
	VMOVDQA Y1, Y8
	BITS(slash<>, Y0, Y1, AX, DX)
	XORL    R8, R8
	MOVQ    AX, DX
	ORQ     R9, DX
	JZ      strings
	ESCAPES
	VPSRLW  $4, Y0, Y4
	VPSRLW  $4, Y1, Y5
	VPAND   low<>(SB), Y4, Y4
	VPAND   low<>(SB), Y5, Y5
	VMOVDQU ·behind(SB), Y6
	VMOVDQU ·behindHigh(SB), Y7
	VPSHUFB Y0, Y6, Y2
	VPSHUFB Y1, Y6, Y3
	VPSHUFB Y4, Y7, Y4
	VPSHUFB Y5, Y7, Y5
	VPAND   Y4, Y2, Y2
	VPAND   Y5, Y3, Y3
	VPXOR   Y4, Y4, Y4
	VPCMPEQB Y4, Y2, Y2
	VPCMPEQB Y4, Y3, Y3
	HALVES(AX, DX)
	TESTQ   AX, R8
	JNZ     fail

#include "tokens_amd64.h"

next:
	ADDQ $64, SI
	ADDQ $16, DI
	DECQ blocks+8(FP)
	JNZ  loop

	VPTEST    Y14, Y14
	JNZ       fail
	VPMOVMSKB Y15, AX
	CMPL      AX, $-1
	JNE       fail
	MOVQ      t+16(FP), AX
	MOVQ      R9, 0(AX)
	MOVQ      R10, 8(AX)
	MOVQ      R11, 16(AX)
	MOVQ      R12, 24(AX)
	MOVQ      R13, 32(AX)
	VMOVDQU   Y8, 40(AX)
	MOVB      $1, ok+32(FP)
	VZEROUPPER
	RET

string: // all of the block is in one
	MOVQ AX, (DI)
	MOVQ AX, 8(DI)
	JMP  next

fail:
	MOVB $0, ok+32(FP)
	VZEROUPPER
	RET

// func unblank(dst, src *byte, blocks int, carried *[2]uint64) (wrote int)
//
// Eight bytes at a time, a shuffle that depends on which of them are wanted brings these
// together.
TEXT ·unblank(SB), NOSPLIT, $0-40
	MOVQ     dst+0(FP), DI
	MOVQ     src+8(FP), SI
	MOVQ     blocks+16(FP), CX
	MOVQ     carried+24(FP), AX
	MOVQ     0(AX), R9
	MOVQ     8(AX), R10
	LEAQ     ·compact(SB), R11
	VMOVDQU  space<>(SB), Y12
	VPCMPEQB Y13, Y13, Y13

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	BITS(slash<>, Y0, Y1, AX, DX)
	XORL    R8, R8
	MOVQ    AX, DX
	ORQ     R9, DX
	JZ      strings
	ESCAPES

strings:
	BITS(quote<>, Y0, Y1, AX, DX)
	ANDNQ    AX, R8, AX
	INSIDE
	VPMINUB  Y12, Y0, Y2
	VPMINUB  Y12, Y1, Y3
	VPCMPEQB Y0, Y2, Y2
	VPCMPEQB Y1, Y3, Y3
	HALVES(AX, DX)
	ANDNQ    AX, BX, AX  // blanks
	JZ       whole
	NOTQ     AX

#define EIGHT(i) \
	MOVBLZX AL, DX             \
	SHRQ    $8, AX             \
	VMOVQ   i(SI), X2          \
	VMOVQ   (R11)(DX*8), X3    \
	VPSHUFB X3, X2, X2         \
	VMOVQ   X2, (DI)           \
	POPCNTL DX, DX             \
	ADDQ    DX, DI

	EIGHT(0)
	EIGHT(8)
	EIGHT(16)
	EIGHT(24)
	EIGHT(32)
	EIGHT(40)
	EIGHT(48)
	EIGHT(56)

next:
	ADDQ $64, SI
	DECQ CX
	JNZ  loop
	MOVQ carried+24(FP), AX
	MOVQ R9, 0(AX)
	MOVQ R10, 8(AX)
	SUBQ dst+0(FP), DI
	MOVQ DI, wrote+32(FP)
	VZEROUPPER
	RET

whole:
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	ADDQ    $64, DI
	JMP     next
