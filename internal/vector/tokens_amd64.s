#include "textflag.h"
#include "constants_amd64.h"
#include "quoting_amd64.h"
#include "utf8_amd64.h"

ALL(comma<>, 0x2c2c2c2c2c2c2c2c)
ALL(colon<>, 0x3a3a3a3a3a3a3a3a)
ALL(opening<>, 0x7b7b7b7b7b7b7b7b)
ALL(closing<>, 0x7d7d7d7d7d7d7d7d)
ALL(zero<>, 0x3030303030303030)
ALL(toDigits<>, 0x4646464646464646) // makes 76 to 7f of digits
ALL(digit<>, 0x7575757575757575)

// BITS makes a mask of the bytes of a and b, the halves of a block, that equal c.
#define BITS(c, a, b, mask, more) \
	VPCMPEQB  c(SB), a, Y2 \
	VPCMPEQB  c(SB), b, Y3 \
	HALVES(mask, more)

// UTF8 adds to Y14 what is wrong with the bytes of b, behind those of a. It overwrites
// Y2 to Y4 and Y6.
#define UTF8(a, b) \
	VPERM2I128 $0x21, b, a, Y6          \
	UTF8HALVES(Y6, b, ·halves(SB), Y3, Y2) \
	VPSRLW     $4, b, Y4                \
	VPAND      ·halves(SB), Y4, Y4      \
	VPSHUFB    Y3, Y9, Y3               \
	VPSHUFB    Y2, Y10, Y2              \
	VPSHUFB    Y4, Y11, Y4              \
	VPAND      Y2, Y3, Y2               \
	VPAND      Y4, Y2, Y2               \
	UTF8LONG(Y6, b, Y3, Y4, Y4, Y2)     \
	VPOR       Y2, Y14, Y14

#define QUOTES(mask, more) BITS(·quotes, Y0, Y1, mask, more)
#define COMMAS(mask, more) BITS(comma<>, Y0, Y1, mask, more)
#define COLONS(mask, more) BITS(colon<>, Y0, Y1, mask, more)
#define SPACES(mask, more) BITS(·blank, Y0, Y1, mask, more)
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
	TOKENS_BEGIN
	VMOVDQU  40(AX), Y8
	VMOVDQU  ·utf8First(SB), Y9
	VMOVDQU  ·utf8Low(SB), Y10
	VMOVDQU  ·utf8Second(SB), Y11
	VMOVDQU  ·blank(SB), Y12
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
	BITS(·slashes, Y0, Y1, AX, DX)
	ESCAPES
	VPSRLW  $4, Y0, Y4
	VPSRLW  $4, Y1, Y5
	VPAND   ·halves(SB), Y4, Y4
	VPAND   ·halves(SB), Y5, Y5
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
	TOKENS_KEEP
	VMOVDQU   Y8, 40(AX)
	MOVB      $1, ok+32(FP)
	VZEROUPPER
	RET

	TOKENS_ASIDE

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
	VMOVDQU  ·blank(SB), Y12
	VPCMPEQB Y13, Y13, Y13

loop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	BITS(·slashes, Y0, Y1, AX, DX)
	ESCAPES

strings:
	BITS(·quotes, Y0, Y1, AX, DX)
	ANDNQ    AX, R8, AX
	INSIDE(AX, X13, BX, R10)
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
