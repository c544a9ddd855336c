#include "textflag.h"
#include "constants_amd64.h"

ALL(·dels, 0x7f7f7f7f7f7f7f7f)
ALL(·highest, 0x1f1f1f1f1f1f1f1f) // control character
ALL(·blank, 0x2020202020202020)
ALL(·printable, 0x5f5f5f5f5f5f5f5f) // characters from the blank on
ALL(·slashes, 0x5c5c5c5c5c5c5c5c)
ALL(·quotes, 0x2222222222222222)
ALL(·exes, 0x7878787878787878)
ALL(·halves, 0x0f0f0f0f0f0f0f0f)
ALL(·itself, 0x0202020202020202)
ALL(·fours, 0x0401040104010401) // times 1 and 4
ALL(·weights, 0xfe00ffe0fe00ffe0) // times -32 and -512
ALL(·eights, 0x0801080108010801) // times 1 and 8
ALL(·one, 0x0101010101010101)
ALL(·top, 0x8080808080808080)
ALL(·odd, 0xaaaaaaaaaaaaaaaa)

// What can be wrong with two bytes: 01 no continuation behind a beginning, 02 one
// behind ASCII, 04 e0 with less than a0, 08 f4 and up with more than 8f, 10 ed
// with more than 9f, 20 c0 or c1, 40 f0, or f5 and up, with less than 90, 80 two
// continuations. These are by the high and by the low half of the first, and by the
// high half of the second.
TWICE(·utf8First, 0x0202020202020202, 0x4915012180808080)
TWICE(·utf8Low, 0xcbcbcb8b8383a3e7, 0xcbcbdbcbcbcbcbcb)
TWICE(·utf8Second, 0x0101010101010101, 0x01010101babaaee6)

// What makes 80 and more of e0 and up, and of f0 and up.
ALL(·utf8Three, 0x6060606060606060)
ALL(·utf8Four, 0x7070707070707070)

// The characters behind backslashes, "\nrt: the high halves that they have, by their
// low ones, in bits, and these bits by the high halves: 2 has bit 1, 5 has 2, 6 has 4,
// 7 has 8.
TWICE(·behind, 0x0000000800090000, 0x0004000200000000)
TWICE(·behindHigh, 0x0804020000010000, 0)

// From the byte 16 - k on: the places of the last k of 16 bytes and none, and
// nothing for k bytes and blanks.
DATA ·slide+0(SB)/8, $0x0706050403020100
DATA ·slide+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA ·slide+16(SB)/8, $0x8080808080808080
DATA ·slide+24(SB)/8, $0x8080808080808080
GLOBL ·slide(SB), RODATA|NOPTR, $32

DATA ·blanks+0(SB)/8, $0
DATA ·blanks+8(SB)/8, $0
DATA ·blanks+16(SB)/8, $0x2020202020202020
DATA ·blanks+24(SB)/8, $0x2020202020202020
GLOBL ·blanks(SB), RODATA|NOPTR, $32

DATA ·digits+0(SB)/8, $"01234567"
DATA ·digits+8(SB)/8, $"89abcdef"
GLOBL ·digits(SB), RODATA|NOPTR, $16

// What follows is by the lower half of the bytes that have an escape of two
// characters: quotation mark (22), tab (09), line feed (0a), backslash (5c) and
// carriage return (0d). First these themselves, and where there is none
// something that has another half.
DATA ·quoted+0(SB)/8, $0x0000000000220001
DATA ·quoted+8(SB)/8, $0x00000d5c000a0900
GLOBL ·quoted(SB), RODATA|NOPTR, $16

// Their letters, each xor 'x'.
DATA ·letters+0(SB)/8, $0x00000000005a0000
DATA ·letters+8(SB)/8, $0x00000a2400160c00
GLOBL ·letters(SB), RODATA|NOPTR, $16

// The way that each of them is doubled.
DATA ·wayOf+0(SB)/8, $0x0000000000040000
DATA ·wayOf+8(SB)/8, $0x0000010300010100
GLOBL ·wayOf(SB), RODATA|NOPTR, $16

// Where the digits of eight bytes go, with a blank behind each two of them: the
// first 16 characters, then the other eight.
DATA ·spread+0(SB)/8, $0x0504800302800100
DATA ·spread+8(SB)/8, $0x0a80090880070680
DATA ·spread+16(SB)/8, $0x800f0e800d0c800b
DATA ·spread+24(SB)/8, $0x8080808080808080
GLOBL ·spread(SB), RODATA|NOPTR, $32

DATA ·between+0(SB)/8, $0x0000200000200000
DATA ·between+8(SB)/8, $0x0020000020000020
DATA ·between+16(SB)/8, $0x2000002000002000
DATA ·between+24(SB)/8, $0x2020202020202020
GLOBL ·between(SB), RODATA|NOPTR, $32

ALL(·dots, 0x2e2e2e2e2e2e2e2e)
