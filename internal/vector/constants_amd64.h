// Constants of one block and of two: the same in each block, and in each half of it.
#define TWICE(name, first, second) \
	DATA name+0(SB)/8, $first   \
	DATA name+8(SB)/8, $second  \
	DATA name+16(SB)/8, $first  \
	DATA name+24(SB)/8, $second \
	GLOBL name(SB), RODATA|NOPTR, $32

#define ALL(name, value) TWICE(name, value, value)
