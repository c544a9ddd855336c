package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/dump"
	"github.com/wirectl/wirectl/pkg/filter"
)

// picking says what of each record is wanted, instead of all of it.
type picking struct {
	fields, format string

	columns  *filter.Columns  // nil when whole records are wanted
	template *filter.Template // what makes a text of them; nil for a line of values
}

// pickFlags are the flags of commands that may show parts of records.
func pickFlags(p *picking) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "field", Destination: &p.fields, Usage: "show `FIELDS` of each record, such as conn,type,elapsed, as a table, or -o csv, tsv or json; see wirectl fields"},
		&cli.StringFlag{Name: "format", Destination: &p.format, Usage: "show each record as a Go `TEMPLATE` says, such as '{{.conn}} {{.type}}'"},
	}
}

// compile understands what was asked for, of records of a protocol. set says
// that the user named the output.
func (o *decodeOptions) compilePick(set bool) error {
	p := &o.picking
	forms := slices.Contains([]string{"csv", "tsv"}, o.output)
	proto := o.protocol
	if proto == decode.Auto {
		proto = ""
	}
	var err error
	switch {
	case p.fields != "" && p.format != "":
		return ui.Usagef("--field and --format do not go together")
	case p.fields == "" && p.format == "" && forms:
		return &hinted{ui.Usagef("-o %s wants the fields to be named", o.output), "such as --field conn,type,length"}
	case p.fields == "" && p.format == "":
		return nil
	case o.list:
		return ui.Usagef("--list shows no records")
	case p.fields != "":
		if !set {
			o.output = "table"
		}
		if !slices.Contains(dump.ValueForms, o.output) {
			return ui.Usagef("--field shows a table, csv, tsv or json, not %s", o.output)
		}
		p.columns, err = filter.CompileColumns(p.fields, proto)
		return flagError("--field", p.fields, err)
	case set:
		return ui.Usagef("--format and --output do not go together")
	}
	o.output = "format"
	if p.template, err = filter.CompileTemplate(p.format, proto); err != nil {
		return flagError("--format", p.format, err)
	}
	p.columns = p.template.Columns()
	return nil
}

// joinNames are the names of what others tell of a record.
var joinNames = []string{"reply_to", "reply_to_conn", "replied_by", "replied_by_conn", "elapsed", "outstanding"}

// uses says whether one of these names is to be shown.
func (p *picking) uses(names ...string) bool {
	return p.columns != nil && slices.ContainsFunc(names, p.columns.Uses)
}

// uses says whether one of these names is needed of a record.
func (o *decodeOptions) uses(names ...string) bool {
	return o.choosing.uses(names...) || o.picking.uses(names...)
}

// line returns what makes a line of values, for one goroutine.
func (o *decodeOptions) line(e *env) func(dst []byte, values []any) []byte {
	if t := o.picking.template; t != nil {
		return func(dst []byte, values []any) []byte {
			n := len(dst)
			if dst = t.Append(dst, values); len(dst) > n && dst[len(dst)-1] != '\n' {
				dst = append(dst, '\n')
			}
			return dst
		}
	}
	return o.values(e).AppendValues
}

func (o *decodeOptions) values(e *env) *dump.Values {
	return dump.NewValues(o.output, o.picking.columns.Names(), e.Stdout.TTY)
}

// picker returns what takes the values, for one goroutine.
func (o *decodeOptions) picker() *filter.Picker {
	p := o.picking.columns.Picker(o.secrets)
	p.Wire = o.printer().AppendText
	return p
}

// renderPicked is render for what is picked from a record alone.
func (o *decodeOptions) renderPicked(e *env) decode.Render {
	if o.picking.uses(joinNames...) {
		return func(dst []byte, _ *codec.Record) []byte { return dst } // the text is made later
	}
	picker, line := o.picker(), o.line(e)
	var values []any
	return func(dst []byte, r *codec.Record) []byte {
		values = picker.Pick(values[:0], r)
		return line(dst, values)
	}
}

// chooses says whether records are to be chosen, or their texts made later.
func (o *decodeOptions) chooses() bool {
	return o.choosing.any() || o.picking.uses(joinNames...)
}

// choose returns what chooses among records, for one goroutine. If what is
// picked takes what others tell of a record, its text is made later as well.
func (o *decodeOptions) choose(e *env, start time.Time) decode.Choose {
	choose := o.chooser(start)
	if !o.picking.uses(joinNames...) {
		return choose
	}
	picker, line := o.picker(), o.line(e)
	return func(r *codec.Record) (bool, decode.Later) {
		chosen, later := choose(r)
		if !chosen && later == nil && o.choosing.around == 0 {
			return false, nil
		}
		values := picker.Keep(r)
		return false, func(dst []byte, joined *codec.Joined) ([]byte, bool) {
			if later != nil {
				_, chosen = later(nil, joined)
			}
			if chosen || o.choosing.around > 0 {
				dst = line(dst, values(nil, joined))
			}
			return dst, chosen
		}
	}
}

// failed says of how many records no text could be made.
func (p *picking) failed() error {
	if p.template == nil {
		return nil
	}
	n, err := p.template.Err()
	if err == nil {
		return nil
	}
	err = flagError("--format", p.format, err)
	if n > 1 {
		err = &hinted{err, fmt.Sprintf("so it is with %s records", strings.TrimSpace(grouped(int64(n))))}
	}
	return err
}
