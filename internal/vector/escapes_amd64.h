// What escape, doubled and body share, with registers of one block, or of two where TWO
// is defined. Their registers, but for those of body, which stand there:
//
//	X0 the bytes, then the first characters   X8  'x' in each byte
//	X1 their low halves                       X9  7f
//	X2 ff where the escape has two characters X10 1f
//	X3 which kind of escape each byte has     X11 '\'
//	X4 ff where a byte stands for itself      X12 the second characters, by low half
//	X5 the second characters                  X13 which bytes they are for, by low half
//	X6 X7 the digits                          X14 digits, X15 0f
//
// Bytes with an escape of two characters differ in their low halves.

#include "vectors_amd64.h"

#define CONSTANTS \
	CONSTANT ·exes(SB), V8             \
	CONSTANT ·dels(SB), V9             \
	CONSTANT ·highest(SB), V10         \
	CONSTANT ·slashes(SB), V11         \
	CONSTANT ·letters(SB), V12         \
	CONSTANT ·digits(SB), V14          \
	CONSTANT ·halves(SB), V15

// KINDS finds out how each byte of V0 is escaped.
#define KINDS \
	VPAND     V15, V0, V1             \
	VPSHUFB   V1, V13, V2             \
	VPCMPEQB  V0, V2, V2              \
	VPCMPGTB  V10, V0, V3             \
	VPCMPEQB  V9, V0, V4              \
	VPOR      V2, V4, V4              \
	VPANDN    V3, V4, V4

// CHARACTERS makes the four characters of each byte: of the first four bytes in
// V0, and of the others in V1, V2 and V4.
#define CHARACTERS \
	VPSRLW    $4, V0, V5              \
	VPAND     V15, V5, V5             \
	VPSHUFB   V5, V14, V6             \
	VPSHUFB   V1, V14, V7             \
	VPSHUFB   V1, V12, V5             \
	VPAND     V2, V5, V5              \
	VPXOR     V8, V5, V5              \
	VPBLENDVB V4, V0, V11, V0         \
	VPUNPCKLBW V5, V0, V1             \
	VPUNPCKHBW V5, V0, V2             \
	VPUNPCKLBW V7, V6, V4             \
	VPUNPCKHBW V7, V6, V5             \
	VPUNPCKLWD V4, V1, V0             \
	VPUNPCKHWD V4, V1, V1             \
	VPUNPCKHWD V5, V2, V4             \
	VPUNPCKLWD V5, V2, V2

// WAYS4 makes 32 times the number of the way that each four bytes have in V3:
// -(2 * itself + two), times 1, 4, 16 and 64.
#define WAYS4 \
	VPADDB     V4, V4, V3             \
	VPADDB     V2, V3, V3             \
	CONSTANT   ·fours(SB), V5         \
	VPMADDUBSW V3, V5, V3             \
	CONSTANT   ·weights(SB), V5       \
	VPMADDWD   V5, V3, V3

// WAYS2 makes 64 times the number of the way that each two bytes have in V3.
#define WAYS2 \
	CONSTANT   ·wayOf(SB), V3         \
	VPSHUFB    V1, V3, V3             \
	VPAND      V2, V3, V3             \
	CONSTANT   ·itself(SB), V5        \
	VPAND      V5, V4, V5             \
	VPOR       V5, V3, V3             \
	CONSTANT   ·eights(SB), V5        \
	VPMADDUBSW V5, V3, V3             \
	VPSLLW     $6, V3, V3

// BODY_KINDS leaves ff in V2 where a byte of V0 has two characters in body, and in V4
// where one may not stand, and tests V4. V1 has the low halves. It overwrites V3.
#define BODY_KINDS \
	VPAND    V15, V0, V1             \
	VPSHUFB  V1, V13, V2             \
	VPCMPEQB V0, V2, V2              \
	VPMINUB  V10, V0, V3             \
	VPCMPEQB V0, V3, V3              \
	VPCMPEQB V9, V0, V4              \
	VPOR     V3, V4, V4              \
	VPANDN   V4, V2, V4              \
	VPTEST   V4, V4

// BODY_CHARACTERS makes the two characters of each byte: of the first eight bytes of a
// block in V0, of the others in V1. AX has a bit for each byte that has two, and V5 is
// overwritten.
#define BODY_CHARACTERS \
	VPMOVMSKB  V2, AX                \
	VPSHUFB    V1, V12, V5           \
	VPXOR      V8, V5, V5            \
	VPBLENDVB  V2, V11, V0, V0       \
	VPUNPCKHBW V5, V0, V1            \
	VPUNPCKLBW V5, V0, V0

// BODY_RESULTS is what body returns: how far DI and SI came, and whether V6 has a byte
// beyond ASCII. It overwrites AX.
#define BODY_RESULTS \
	SUBQ      dst+0(FP), DI          \
	MOVQ      DI, wrote+40(FP)       \
	SUBQ      src+8(FP), SI          \
	MOVQ      SI, done+48(FP)        \
	VPMOVMSKB V6, AX                 \
	TESTL     AX, AX                 \
	SETNE     seen+56(FP)

// FOUR appends the characters of x that are wanted of four bytes whose way is at
// index in the table, and TWOS those of two bytes, which the lower or the upper
// half of x has.
#define FOUR(index, x) \
	MOVBLZX 16(R8)(index*1), DX       \
	VPSHUFB (R8)(index*1), x, X5      \
	VMOVDQU X5, (DI)                  \
	ADDQ    DX, DI

#define TWOS(i, half, x) \
	VPEXTRW $i, X3, R10               \
	MOVBLZX 32(R8)(R10*1), DX         \
	VPSHUFB half(R8)(R10*1), x, X5    \
	VMOVDQU X5, (DI)                  \
	ADDQ    DX, DI

// SIXTEEN4 and SIXTEEN2 do that for a block.
#define SIXTEEN4 \
	VMOVQ   X3, R10                   \
	VPEXTRQ $1, X3, R11               \
	MOVL    R10, R12                  \
	SHRQ    $32, R10                  \
	MOVL    R11, R13                  \
	SHRQ    $32, R11                  \
	FOUR(R12, X0)                     \
	FOUR(R10, X1)                     \
	FOUR(R13, X2)                     \
	FOUR(R11, X4)

#define SIXTEEN2 \
	TWOS(0, 0, X0)                    \
	TWOS(1, 16, X0)                   \
	TWOS(2, 0, X1)                    \
	TWOS(3, 16, X1)                   \
	TWOS(4, 0, X2)                    \
	TWOS(5, 16, X2)                   \
	TWOS(6, 0, X4)                    \
	TWOS(7, 16, X4)

#ifdef TWO
// UPPER makes the second block the first.
#define UPPER \
	VEXTRACTI128 $1, Y0, X0           \
	VEXTRACTI128 $1, Y1, X1           \
	VEXTRACTI128 $1, Y2, X2           \
	VEXTRACTI128 $1, Y3, X3           \
	VEXTRACTI128 $1, Y4, X4
#else
// LAST makes a block, in X0, of the BX bytes that are left at SI, fewer than 16,
// and of blanks behind them. 16 bytes that may be read end where they do. It
// leaves one block to do in CX, nothing in BX, and in R14 how many blanks these
// are.
#define LAST \
	LEAQ    ·slide+16(SB), AX         \
	LEAQ    ·blanks+16(SB), DX        \
	SUBQ    BX, AX                    \
	SUBQ    BX, DX                    \
	VMOVDQU -16(SI)(BX*1), X0         \
	VPSHUFB (AX), X0, X0              \
	VPOR    (DX), X0, X0              \
	MOVL    $16, R14                  \
	SUBQ    BX, R14                   \
	XORL    BX, BX                    \
	MOVL    $1, CX

// TO_THE_END is what stands behind the work on a block: the next one, one that
// stands for itself, the last bytes, and in DI how much was written.
#define TO_THE_END \
	DECQ    CX                        \
	JNZ     loop                      \
	JMP     tail                      \
plain:                             \
	VMOVDQU X0, (DI)                  \
	ADDQ    $16, DI                   \
	DECQ    CX                        \
	JNZ     loop                      \
tail:                              \
	TESTQ   BX, BX                    \
	JZ      done                      \
	LAST                              \
	JMP     block                     \
done:                              \
	SUBQ    R14, DI                   \
	SUBQ    dst+0(FP), DI
#endif
