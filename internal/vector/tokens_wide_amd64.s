#include "textflag.h"
#include "quoting_amd64.h"

#define CLASS(c, x, mask) \
	VPCMPEQB c, x, K1 \
	KMOVQ    K1, mask

#define QUOTES(mask, more) CLASS(Z16, Z0, mask)
#define COMMAS(mask, more) CLASS(Z19, Z0, mask)
#define COLONS(mask, more) CLASS(Z20, Z0, mask)
#define SPACES(mask, more) CLASS(Z18, Z0, mask)
#define ZEROS(mask, more) CLASS(Z23, Z0, mask)
#define CLOSINGS(mask, more) CLASS(Z22, Z4, mask)

#define OPENINGS(mask, more) \
	VPORQ Z18, Z0, Z4 \
	CLASS(Z21, Z4, mask)

#define DIGITS(mask, more) \
	VPSUBB  Z23, Z0, Z2     \
	VPCMPUB $1, Z24, Z2, K1 \
	KMOVQ   K1, mask

// CHARACTER makes all bytes of x the character c.
#define CHARACTER(c, x) \
	MOVL         $c, AX \
	VPBROADCASTB AX, x

// BLOCK makes Z0 the next bytes at SI of CX, 64 at the most, and blanks, Z18, behind them.
#define BLOCK \
	MOVQ      $-1, AX    \
	CMPQ      CX, $64    \
	JGE       2(PC)      \
	BZHIQ     CX, AX, AX \
	KMOVQ     AX, K1     \
	VMOVDQA64 Z18, Z0    \
	VMOVDQU8  (SI), K1, Z0

// func tokensWide(src *byte, n int, t *Tokens, marks *Marks) (ok bool)
//
// It is tokens for 64 bytes at a time, fewer at the end. Z0 is the block, Z8 the one
// before it, Z14 as Y14 there.
TEXT ·tokensWide(SB), NOSPLIT, $0-33
	TOKENS_BEGIN
	VBROADCASTI64X4 40(AX), Z8
	CHARACTER('"', Z16)
	CHARACTER('\\', Z17)
	CHARACTER(' ', Z18)
	CHARACTER(',', Z19)
	CHARACTER(':', Z20)
	CHARACTER('{', Z21)
	CHARACTER('}', Z22)
	CHARACTER('0', Z23)
	CHARACTER(10, Z24)
	CHARACTER(0x7f, Z25)
	CHARACTER(0x0f, Z12)
	VPCMPEQB        Y13, Y13, Y13
	VPXOR           Y14, Y14, Y14

loop:
	MOVQ n+8(FP), CX
	BLOCK

	VPCMPUB  $1, Z18, Z0, K1
	VPCMPEQB Z25, Z0, K2
	KORTESTQ K1, K2
	JNZ      fail

	VPORQ    Z0, Z8, Z2
	VPMOVB2M Z2, K1
	KORTESTQ K1, K1
	JZ       ascii

	// See utf8_amd64.h.
	VBROADCASTI32X4 ·utf8First(SB), Z9
	VBROADCASTI32X4 ·utf8Low(SB), Z10
	VBROADCASTI32X4 ·utf8Second(SB), Z11
	VPBROADCASTQ    ·utf8Three(SB), Z26
	VPBROADCASTQ    ·utf8Four(SB), Z27
	VPBROADCASTQ    ·top(SB), Z28
	VALIGNQ         $6, Z8, Z0, Z6
	VPALIGNR        $15, Z6, Z0, Z2
	VPSRLW          $4, Z2, Z3
	VPANDQ          Z12, Z3, Z3
	VPANDQ          Z12, Z2, Z2
	VPSRLW          $4, Z0, Z4
	VPANDQ          Z12, Z4, Z4
	VPSHUFB         Z3, Z9, Z3
	VPSHUFB         Z2, Z10, Z2
	VPSHUFB         Z4, Z11, Z4
	VPANDQ          Z2, Z3, Z2
	VPANDQ          Z4, Z2, Z2
	VPALIGNR        $14, Z6, Z0, Z3
	VPALIGNR        $13, Z6, Z0, Z4
	VPSUBUSB        Z26, Z3, Z3
	VPSUBUSB        Z27, Z4, Z4
	VPORQ           Z3, Z4, Z4
	VPANDQ          Z28, Z4, Z4
	VPXORQ          Z4, Z2, Z2
	VPORQ           Z2, Z14, Z14

ascii:
	VMOVDQA64 Z0, Z8
	CLASS(Z17, Z0, AX)
	ESCAPES
	VBROADCASTI32X4 ·behind(SB), Z2
	VBROADCASTI32X4 ·behindHigh(SB), Z3
	VPSRLW    $4, Z0, Z4
	VPANDQ    Z12, Z4, Z4
	VPSHUFB   Z0, Z2, Z2
	VPSHUFB   Z4, Z3, Z3
	VPTESTMB  Z2, Z3, K1
	KMOVQ     K1, AX
	ANDNQ     R8, AX, AX
	JNZ       fail

#include "tokens_amd64.h"

next:
	ADDQ $64, SI
	ADDQ $16, DI
	SUBQ $64, n+8(FP)
	JG   loop

	VPTESTMB      Z14, Z14, K1
	KORTESTQ      K1, K1
	JNZ           fail
	TOKENS_KEEP
	VEXTRACTI64X4 $1, Z8, 40(AX)
	MOVB          $1, ok+32(FP)
	VZEROUPPER
	RET

	TOKENS_ASIDE

// func unblankWide(dst, src *byte, n int) (wrote int)
TEXT ·unblankWide(SB), NOSPLIT, $0-32
	MOVQ     dst+0(FP), DI
	MOVQ     src+8(FP), SI
	MOVQ     n+16(FP), CX
	XORL     R9, R9
	XORL     R10, R10
	CHARACTER('"', Z16)
	CHARACTER('\\', Z17)
	CHARACTER(' ', Z18)
	VPCMPEQB Y13, Y13, Y13

loop:
	BLOCK
	CLASS(Z17, Z0, AX)
	ESCAPES

strings:
	QUOTES(AX, DX)
	ANDNQ AX, R8, AX
	INSIDE(AX, X13, BX, R10)
	VPCMPUB       $6, Z18, Z0, K1 // greater
	KMOVQ         K1, AX
	ORQ           BX, AX
	KMOVQ         AX, K1
	VPCOMPRESSB.Z Z0, K1, Z0
	VMOVDQU64     Z0, (DI)
	POPCNTQ       AX, AX
	ADDQ          AX, DI
	ADDQ          $64, SI
	SUBQ          $64, CX
	JG            loop
	SUBQ          dst+0(FP), DI
	MOVQ          DI, wrote+24(FP)
	VZEROUPPER
	RET
