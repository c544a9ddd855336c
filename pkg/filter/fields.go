package filter

import (
	_ "embed" // the table of what records have
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/registry"
)

// A Field is something that can be asked of a record.
type Field struct {
	Name    string
	Type    string // integer, float, boolean, text, bytes, list, object or any
	About   string
	Example string // a value, as JSON; "" when no recording has one
	Record  bool   // it is of records in general, not of the protocol
}

// recordTable is the table of what records in general have. Those of the
// protocols' own fields are theirs: see [codec.Fielder]. Tests hold all to what
// the recordings have.
//
//go:embed record.tsv
var recordTable string

// fieldTables are the tables, read.
type fieldTables struct {
	protocols []string
	fields    map[string][]Field           // by protocol; "" for records
	kinds     map[string]map[string]kind   // of the protocols' fields; "" for all
	records   map[string]map[string]string // examples of what records have, by protocol
}

var tables = sync.OnceValue(func() *fieldTables {
	t := &fieldTables{fields: map[string][]Field{}, kinds: map[string]map[string]kind{}, records: map[string]map[string]string{}}
	for cells := range rows(recordTable) {
		t.fields[""] = append(t.fields[""], Field{Name: cells[0], Type: cells[1], About: cells[2], Record: true})
	}
	for _, p := range registry.All() {
		if f, ok := p.(codec.Fielder); ok {
			t.add(p.Info().Name, f.FieldTables())
		}
	}
	slices.Sort(t.protocols)
	t.kinds[""] = merge(slices.Collect(maps.Values(t.kinds))...)
	return t
})

// add adds a protocol. Of a name in several of its tables the first counts, but
// it may be of any of the kinds.
func (t *fieldTables) add(proto string, list []codec.FieldTable) {
	t.protocols = append(t.protocols, proto)
	var all []map[string]kind
	own, record := map[string]string{}, map[string]string{}
	for i, table := range list {
		for cells := range rows(table.Examples) {
			switch {
			case cells[0] == "field" && own[cells[1]] == "":
				own[cells[1]] = cells[2]
			case cells[0] == "record" && i == 0:
				record[cells[1]] = cells[2]
			}
		}
	}
	for _, table := range list {
		one := map[string]kind{}
		for cells := range rows(table.Fields) {
			one[cells[0]] = kinds[cells[1]]
			if !slices.ContainsFunc(t.fields[proto], func(f Field) bool { return f.Name == cells[0] }) {
				t.fields[proto] = append(t.fields[proto], Field{Name: cells[0], Type: cells[1], About: cells[2], Example: own[cells[0]]})
			}
		}
		all = append(all, one)
	}
	t.kinds[proto], t.records[proto] = merge(all...), record
	for i, f := range t.fields[proto] {
		if t.kinds[proto][f.Name] == anything {
			t.fields[proto][i].Type = "any" // of several kinds
		}
	}
}

// rows gives the lines of a table that have three cells.
func rows(table string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(table) {
			cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if len(cells) == 3 && !yield(cells) {
				return
			}
		}
	}
}

// Fields returns what can be asked of a protocol's records: what is the
// protocol's own, and then what all records have.
func Fields(proto string) ([]Field, error) {
	if _, err := fieldsOf(proto); err != nil {
		return nil, err
	}
	t := tables()
	own := slices.Clone(t.fields[proto])
	for i, f := range own {
		if names()[f.Name] { // which stands for something of the record
			own[i].Name = "fields." + f.Name
		}
	}
	for _, f := range t.fields[""] {
		f.Example = t.records[proto][f.Name]
		own = append(own, f)
	}
	return own, nil
}
