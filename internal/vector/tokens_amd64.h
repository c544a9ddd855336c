// What tokens and tokensWide do with the masks of a block, which QUOTES and so on make
// in their first register, their second is for free use. R8 has what backslashes escape,
// R9 to R13 are what Tokens has, and DI is where the marks go.

strings:
	QUOTES(AX, DX)
	ANDNQ AX, R8, AX
	JNZ   some
	TESTQ R10, R10
	JNZ   string

some:
	INSIDE(AX, X13, BX, R10)
	MOVQ AX, DX
	ORQ  BX, DX  // strings
	ANDQ AX, BX  // where values begin
	XORQ BX, AX  // where they end

	COMMAS(R8, R15)
	ANDNQ R8, DX, R8
	ORQ   R8, DX
	MOVQ  R8, 8(DI)

	COLONS(CX, R15)
	ANDNQ CX, DX, CX
	ORQ   CX, DX
	ORQ   CX, R8  // commas and colons

	OPENINGS(R14, R15)
	ANDNQ R14, DX, R14
	ORQ   R14, DX
	ORQ   R14, CX
	ORQ   R14, BX
	CLOSINGS(R14, R15)
	ANDNQ R14, DX, R14
	ORQ   R14, DX
	ORQ   R14, CX
	ORQ   R14, AX

	SPACES(R14, R15)
	ANDNQ R14, DX, R14  // blanks
	ORQ   R14, DX
	NOTQ  DX            // scalars

	LEAQ  (R12)(DX*2), R15
	MOVQ  DX, R12
	SHRQ  $63, R12
	ANDNQ DX, R15, R15  // where they begin
	ORQ   R15, BX
	ORQ   DX, AX

	// What is behind a value: a carry goes over the blanks in between.
	NEGQ  R11
	ADCQ  AX, AX
	SBBQ  R11, R11
	ADDQ  R14, AX
	SBBQ  $0, R11
	ANDNQ AX, R14, AX
	TESTQ AX, BX
	JNZ   fail
	ANDNQ R8, AX, R8
	JNZ   fail

	// A carry goes over the digits that a scalar begins with.
	DIGITS(AX, R14)
	ANDQ     DX, AX
	MOVQ     R15, BX
	ORQ      R13, BX
	XORL     R13, R13
	ADDQ     AX, BX
	ADCQ     $0, R13
	ANDNQ    BX, AX, BX
	ANDQ     DX, BX

	// Of 15 digits or more eight have a byte of the mask for themselves.
	MOVQ AX, R8
	NOTQ R8
	SUBQ ·one(SB), R8
	ANDQ AX, R8
	ANDQ ·top(SB), R8
	ORQ  R8, BX

	ZEROS(R8, R14)
	ANDQ R15, R8
	SHRQ $1, AX
	BTSQ $63, AX  // it is not known what follows there
	ANDQ AX, R8
	ORQ  R8, BX

	ORQ  BX, CX
	MOVQ CX, (DI)
