package emqp

import (
	_ "embed" // the tables of fields

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/zmtp"
)

//go:embed fields.tsv
var fieldTable string

//go:embed examples.tsv
var fieldExamples string

// FieldTables implements [codec.Fielder]: what is no eMQP is ZMTP.
func (Protocol) FieldTables() []codec.FieldTable {
	return append([]codec.FieldTable{{Fields: fieldTable, Examples: fieldExamples}}, zmtp.Protocol{}.FieldTables()...)
}
