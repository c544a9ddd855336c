#include "textflag.h"

// The loops of AVX-512 that make characters do 64 bytes at a time and branch on
// none of them. Characters that are not wanted are 0 at first; COMPRESSED brings
// together those that are. K7 has all bits but where bytes are the last.
//
// Text is mostly mixed with what has escapes, so that even a look whether 64 bytes
// all stand for themselves costs more, foreseen wrongly, than it saves.

// COMPRESSED appends those bytes of x that are not 0, and writes 64.
#define COMPRESSED(x) \
	VPTESTMB      x, x, K1  \
	VPCOMPRESSB.Z x, K1, x  \
	KMOVQ         K1, AX    \
	VMOVDQU64     x, (DI)   \
	POPCNTQ       AX, AX    \
	ADDQ          AX, DI

// What they share in registers:
//
//	Z0 the bytes                       Z11 '\'
//	Z1 Z2 their low and high halves    Z12 blanks
//	K1 where quoted has them           Z13 5f: how many characters are printable
//	K2 which are printable             Z14 digits, Z15 0f
//	K7 where there are any             Z16 their order

#define WIDE_CONSTANTS(quoted, order) \
	VBROADCASTI32X4 quoted, Z10          \
	VBROADCASTI32X4 ·slashes(SB), Z11    \
	VBROADCASTI32X4 ·blank(SB), Z12    \
	VBROADCASTI32X4 ·printable(SB), Z13   \
	VBROADCASTI32X4 ·digits(SB), Z14     \
	VBROADCASTI32X4 ·halves(SB), Z15     \
	VMOVDQU64       order, Z16           \
	KXNORQ          K7, K7, K7

// WIDE_LETTERS makes Z8 'x' in each byte, and Z9 the second characters, by low half.
#define WIDE_LETTERS \
	VBROADCASTI32X4 ·exes(SB), Z8        \
	VBROADCASTI32X4 ·letters(SB), Z9     \
	VPXORD          Z8, Z9, Z9

#define WIDE_KINDS \
	VPSRLW   $4, Z0, Z2       \
	VPANDD   Z15, Z0, Z1      \
	VPANDD   Z15, Z2, Z2      \
	VPSHUFB  Z1, Z10, Z3      \
	VPSUBB   Z12, Z0, Z4      \
	VPCMPEQB Z0, Z3, K7, K1   \
	VPCMPUB  $1, Z13, Z4, K7, K2

// WIDE_ESCAPES makes of these K2, those that stand for themselves, K3, those that
// do not, and K4, those with digits.
#define WIDE_ESCAPES \
	KANDNQ K2, K1, K2 \
	KANDNQ K7, K2, K3 \
	KANDNQ K3, K1, K4

// WIDE_LAST stands behind the loop, which comes to last with 64 less than there are
// bytes left, at SI, in BX. It makes K7 and Z0 of these, in the order that permute has,
// leaves none in BX, and goes on at some, or is done. It overwrites AX and Z1.
#define WIDE_LAST(permute) \
last:                        \
	ADDQ       $64, BX       \
	JLE        done          \
	MOVQ       $-1, AX       \
	BZHIQ      BX, AX, AX    \
	KMOVQ      AX, K7        \
	VMOVDQU8.Z (SI), K7, Z0  \
	VPMOVM2B   K7, Z1        \
	permute    Z0, Z16, Z0   \
	permute    Z1, Z16, Z1   \
	VPMOVB2M   Z1, K7        \
	XORL       BX, BX        \
	JMP        some          \
done:

// WIDE_WROTE is what escapeWide and doubledWide return.
#define WIDE_WROTE \
	VZEROUPPER               \
	SUBQ dst+0(FP), DI       \
	MOVQ DI, wrote+32(FP)

// func escapeWide(dst, src *byte, n int, short *[16]byte) (wrote int)
//
// Each byte becomes four characters as in escape, where its other registers are.
TEXT ·escapeWide(SB), NOSPLIT, $0-40
	MOVQ            dst+0(FP), DI
	MOVQ            src+8(FP), SI
	MOVQ            n+16(FP), BX
	MOVQ            short+24(FP), AX
	WIDE_CONSTANTS((AX), orders<>+0(SB))
	WIDE_LETTERS

loop:
	SUBQ   $64, BX
	JB     last
	VPERMD (SI), Z16, Z0
	ADDQ   $64, SI

some:
	WIDE_KINDS
	WIDE_ESCAPES
	VMOVDQU8.Z Z11, K3, Z3      // the first characters
	VMOVDQU8   Z0, K2, Z3
	VMOVDQU8.Z Z8, K3, Z4       // the second
	VPSHUFB    Z1, Z9, K1, Z4
	VPSHUFB.Z  Z2, Z14, K4, Z2
	VPSHUFB.Z  Z1, Z14, K4, Z1
	VPUNPCKLBW Z4, Z3, Z5
	VPUNPCKHBW Z4, Z3, Z6
	VPUNPCKLBW Z1, Z2, Z3
	VPUNPCKHBW Z1, Z2, Z4
	VPUNPCKLWD Z3, Z5, Z0
	VPUNPCKHWD Z3, Z5, Z1
	VPUNPCKLWD Z4, Z6, Z2
	VPUNPCKHWD Z4, Z6, Z3
	COMPRESSED(Z0)
	COMPRESSED(Z1)
	COMPRESSED(Z2)
	COMPRESSED(Z3)
	JMP loop

	WIDE_LAST(VPERMD)
	WIDE_WROTE
	RET

// func doubledWide(dst, src *byte, n int, chars *[4][16]byte) (wrote int)
//
// Each byte becomes eight characters: first itself or a backslash, then three
// that chars has for some and that are \xh for all others but those that stand
// for themselves, then a digit, and three that are not wanted.
TEXT ·doubledWide(SB), NOSPLIT, $0-40
	MOVQ            dst+0(FP), DI
	MOVQ            src+8(FP), SI
	MOVQ            n+16(FP), BX
	MOVQ            chars+24(FP), AX
	WIDE_CONSTANTS((AX), orders<>+64(SB))
	VBROADCASTI32X4 ·exes(SB), Z8
	VBROADCASTI32X4 16(AX), Z17
	VBROADCASTI32X4 32(AX), Z18
	VBROADCASTI32X4 48(AX), Z19
	VPXORD          Z9, Z9, Z9

loop:
	SUBQ   $64, BX
	JB     last
	VPERMW (SI), Z16, Z0
	ADDQ   $64, SI

some:
	WIDE_KINDS
	WIDE_ESCAPES
	VMOVDQU8.Z Z11, K3, Z3
	VMOVDQU8   Z0, K2, Z3
	VMOVDQU8.Z Z11, K3, Z4
	VPSHUFB    Z1, Z17, K1, Z4
	VMOVDQU8.Z Z8, K3, Z5
	VPSHUFB    Z1, Z18, K1, Z5
	VPSHUFB.Z  Z2, Z14, K4, Z6
	VPSHUFB    Z1, Z19, K1, Z6
	VPSHUFB.Z  Z1, Z14, K4, Z7
	VPUNPCKLBW Z4, Z3, Z0       // the first two characters
	VPUNPCKHBW Z4, Z3, Z1
	VPUNPCKLBW Z6, Z5, Z2       // the next two
	VPUNPCKHBW Z6, Z5, Z3
	VPUNPCKLBW Z9, Z7, Z4       // the fifth
	VPUNPCKHBW Z9, Z7, Z5

#define EIGHTS(one, three, five) \
	VPUNPCKLWD three, one, Z6   \
	VPUNPCKHWD three, one, Z7   \
	VPUNPCKLWD Z9, five, Z20    \
	VPUNPCKHWD Z9, five, Z21    \
	VPUNPCKLDQ Z20, Z6, Z22     \
	VPUNPCKHDQ Z20, Z6, Z23     \
	VPUNPCKLDQ Z21, Z7, Z24     \
	VPUNPCKHDQ Z21, Z7, Z25     \
	COMPRESSED(Z22)             \
	COMPRESSED(Z23)             \
	COMPRESSED(Z24)             \
	COMPRESSED(Z25)

	EIGHTS(Z0, Z2, Z4)
	EIGHTS(Z1, Z3, Z5)
	JMP loop

	WIDE_LAST(VPERMW)
	WIDE_WROTE
	RET

// func bodyWide(dst, src *byte, n int, short *[16]byte) (wrote, done int, seen bool)
//
// Each byte becomes two characters as in body. K6 has the bytes seen beyond ASCII.
TEXT ·bodyWide(SB), NOSPLIT, $0-49
	MOVQ            dst+0(FP), DI
	MOVQ            src+8(FP), SI
	MOVQ            n+16(FP), BX
	MOVQ            short+24(FP), AX
	WIDE_CONSTANTS((AX), orders<>+128(SB))
	WIDE_LETTERS
	KXORQ           K6, K6, K6

loop:
	SUBQ   $64, BX
	JB     last
	VPERMQ (SI), Z16, Z0

some:
	WIDE_KINDS
	VPMOVB2M   Z0, K3
	KORQ       K1, K2, K2
	KORQ       K3, K2, K2
	KANDNQ     K7, K2, K2
	KTESTQ     K2, K2
	JNE        done             // one that may not stand
	KORQ       K3, K6, K6
	ADDQ       $64, SI
	VMOVDQU8.Z Z0, K7, Z3
	VMOVDQU8   Z11, K1, Z3
	VPSHUFB.Z  Z1, Z9, K1, Z4
	VPUNPCKLBW Z4, Z3, Z0
	VPUNPCKHBW Z4, Z3, Z1
	COMPRESSED(Z0)
	COMPRESSED(Z1)
	JMP loop

	WIDE_LAST(VPERMQ)
	VZEROUPPER
	SUBQ     src+8(FP), SI
	CMPQ     SI, n+16(FP)
	CMOVQGT  n+16(FP), SI
	MOVQ     SI, done+40(FP)
	SUBQ     dst+0(FP), DI
	MOVQ     DI, wrote+32(FP)
	KORTESTQ K6, K6
	SETNE    seen+48(FP)
	RET

// The fours, the twos and the eights of 64 bytes, in the order in which unpacking
// halves of 16 puts what is made of them: those at 0, 4, 8 and so on into the first
// quarter, then those at 1, 5, 9.
DATA orders<>+0(SB)/8, $0x0000000400000000
DATA orders<>+8(SB)/8, $0x0000000c00000008
DATA orders<>+16(SB)/8, $0x0000000500000001
DATA orders<>+24(SB)/8, $0x0000000d00000009
DATA orders<>+32(SB)/8, $0x0000000600000002
DATA orders<>+40(SB)/8, $0x0000000e0000000a
DATA orders<>+48(SB)/8, $0x0000000700000003
DATA orders<>+56(SB)/8, $0x0000000f0000000b
DATA orders<>+64(SB)/8, $0x000c000800040000
DATA orders<>+72(SB)/8, $0x001c001800140010
DATA orders<>+80(SB)/8, $0x000d000900050001
DATA orders<>+88(SB)/8, $0x001d001900150011
DATA orders<>+96(SB)/8, $0x000e000a00060002
DATA orders<>+104(SB)/8, $0x001e001a00160012
DATA orders<>+112(SB)/8, $0x000f000b00070003
DATA orders<>+120(SB)/8, $0x001f001b00170013
DATA orders<>+128(SB)/8, $0x0000000000000000
DATA orders<>+136(SB)/8, $0x0000000000000004
DATA orders<>+144(SB)/8, $0x0000000000000001
DATA orders<>+152(SB)/8, $0x0000000000000005
DATA orders<>+160(SB)/8, $0x0000000000000002
DATA orders<>+168(SB)/8, $0x0000000000000006
DATA orders<>+176(SB)/8, $0x0000000000000003
DATA orders<>+184(SB)/8, $0x0000000000000007
GLOBL orders<>(SB), RODATA|NOPTR, $192
