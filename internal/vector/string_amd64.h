// What utf8 and str share, with registers of one block, or of two where TWO is defined.

#include "vectors_amd64.h"
#include "utf8_amd64.h"

#define UTF8TABLES \
	CONSTANT ·utf8First(SB), V9    \
	CONSTANT ·utf8Low(SB), V10     \
	CONSTANT ·utf8Second(SB), V11  \
	CONSTANT ·halves(SB), V12      \
	VPXOR    V8, V8, V8

// UTF8CHECK leaves 0 at each place of V1 whose byte goes with the three before it. V0
// has the bytes, V5 their high halves, V8 the 16 bytes before each block, and V9 to V12
// the UTF8TABLES. It overwrites V2 and V3.
#define UTF8CHECK \
	UTF8HALVES(V8, V0, V12, V2, V1)  \
	VPSHUFB V2, V9, V2               \
	VPSHUFB V1, V10, V1              \
	VPSHUFB V5, V11, V3              \
	VPAND   V2, V1, V1               \
	VPAND   V3, V1, V1               \
	UTF8LONG(V8, V0, V2, V3, V3, V1)

#define HIGH_HALVES \
	VPSRLW $4, V0, V5  \
	VPAND  V12, V5, V5

// STRING_CONSTANTS has what STRING_KINDS needs, of the kind at AX.
#define STRING_CONSTANTS \
	UTF8TABLES                       \
	CONSTANT ·behindHigh(SB), V14    \
	CONSTANT 0(AX), V13              \
	CONSTANT 16(AX), V7              \
	VPXOR    V15, V15, V15

// STRING_KINDS makes a bit for each byte of V0 in AX, BX, R9 and R10, which are as str
// has them, and V5 the high halves. It overwrites V1 to V4 and V6.
#define STRING_KINDS \
	VPCMPEQB  ·quotes(SB), V0, V1    \
	VPCMPEQB  ·slashes(SB), V0, V2   \
	VPMINUB   ·highest(SB), V0, V3   \
	VPCMPEQB  V0, V3, V3             \
	VPCMPEQB  V7, V0, V4             \
	VPOR      V4, V3, V3             \
	HIGH_HALVES                      \
	VPSHUFB   V0, V13, V4            \
	VPSHUFB   V5, V14, V6            \
	VPAND     V4, V6, V6             \
	VPCMPEQB  V15, V6, V6            \
	VPMOVMSKB V1, AX                 \
	VPMOVMSKB V2, BX                 \
	VPMOVMSKB V3, R9                 \
	VPMOVMSKB V6, R10
