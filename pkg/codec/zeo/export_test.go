package zeo

// What the tests of the outer package use too.
var (
	Norm        = norm
	CheckFields = checkFields
)
