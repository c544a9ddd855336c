#include "textflag.h"

// What stands in registers, the same in each half of them.
#define TWICE(name, value) \
	DATA name+0(SB)/8, $value \
	DATA name+8(SB)/8, $value \
	GLOBL name(SB), RODATA|NOPTR, $16

TWICE(·dels, 0x7f7f7f7f7f7f7f7f)
TWICE(·highest, 0x1f1f1f1f1f1f1f1f) // control character
TWICE(·blank, 0x2020202020202020)
TWICE(·printable, 0x5f5f5f5f5f5f5f5f) // characters from the blank on
TWICE(·slashes, 0x5c5c5c5c5c5c5c5c)
TWICE(·exes, 0x7878787878787878)
TWICE(·halves, 0x0f0f0f0f0f0f0f0f)
TWICE(·itself, 0x0202020202020202)
TWICE(·fours, 0x0401040104010401) // times 1 and 4
TWICE(·weights, 0xfe00ffe0fe00ffe0) // times -32 and -512
TWICE(·eights, 0x0801080108010801) // times 1 and 8

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

TWICE(·dots, 0x2e2e2e2e2e2e2e2e)
