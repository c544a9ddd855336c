package hg

import (
	_ "embed" // the tables of fields

	"github.com/wirectl/wirectl/pkg/codec"
)

//go:embed fields.tsv
var fieldTable string

//go:embed examples.tsv
var fieldExamples string

// FieldTables implements [codec.Fielder].
func (Protocol) FieldTables() []codec.FieldTable {
	return []codec.FieldTable{{Fields: fieldTable, Examples: fieldExamples}}
}
