package filter

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Field is something that can be asked of a record.
type Field struct {
	Name    string
	Type    string // integer, float, boolean, text, bytes, list, object or any
	About   string
	Example string // a value, as JSON; "" when no recording has one
	Record  bool   // it is of records in general, not of the protocol
}

// Tables of fields: name, type and meaning of those of each protocol, the keys
// of "fields" in JSON records, and of records in general. Examples are what
// codecs make of recordings. Tests hold both to them.
//
//go:embed fields/*.tsv
var tableFiles embed.FS

// protocols are those that have a table. The streams of emqp have the fields of
// zmtp as well.
var protocols = []string{"emqp", "hg", "msgq", "synapse", "zeo", "zmtp"}

// fieldTables are the tables, read.
type fieldTables struct {
	fields map[string][]Field         // by protocol; "record" for records
	kinds  map[string]map[string]kind // of the protocols' fields; "" for all
}

var tables = sync.OnceValue(func() *fieldTables {
	t := &fieldTables{fields: map[string][]Field{}, kinds: map[string]map[string]kind{}}
	examples := map[string]string{}
	for _, cells := range table("examples") {
		examples[cells[0]+" "+cells[1]] = cells[2]
	}
	for _, p := range append([]string{"record"}, protocols...) {
		own := map[string]kind{}
		for _, cells := range table(p) {
			own[cells[0]] = kinds[cells[1]]
			t.fields[p] = append(t.fields[p], Field{Name: cells[0], Type: cells[1], About: cells[2], Example: examples[p+" "+cells[0]], Record: p == "record"})
		}
		if p != "record" {
			t.kinds[p] = own
		}
	}
	below := slices.DeleteFunc(slices.Clone(t.fields["zmtp"]), func(f Field) bool { _, ok := t.kinds["emqp"][f.Name]; return ok })
	t.fields["emqp"] = append(t.fields["emqp"], below...)
	t.kinds["emqp"] = merge(t.kinds["emqp"], t.kinds["zmtp"])
	t.kinds[""] = merge(slices.Collect(maps.Values(t.kinds))...)
	for p, list := range t.fields {
		for i, f := range list {
			if k, ok := t.kinds[p][f.Name]; ok && k == anything {
				list[i].Type = "any" // of several kinds
			}
			if list[i].Example == "" && p == "emqp" {
				list[i].Example = examples["zmtp "+f.Name]
			}
		}
	}
	return t
})

// table reads a table: cells with tabs between them.
func table(name string) (rows [][]string) {
	text, err := tableFiles.ReadFile("fields/" + name + ".tsv")
	if err != nil {
		return nil // a test looks at them all
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(cells) == 3 {
			rows = append(rows, cells)
		}
	}
	return rows
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
		if names[f.Name] { // which stands for something of the record
			own[i].Name = "fields." + f.Name
		}
	}
	for _, f := range t.fields["record"] {
		for _, line := range table("examples") {
			if line[0] == proto+"/record" && line[1] == f.Name {
				f.Example = line[2]
			}
		}
		own = append(own, f)
	}
	return own, nil
}
