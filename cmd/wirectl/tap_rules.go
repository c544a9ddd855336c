package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
	"github.com/wirectl/wirectl/pkg/humanframe"
	"github.com/wirectl/wirectl/pkg/tap"
)

// ruleOptions say what is to become of frames that pass a tap.
type ruleOptions struct {
	rules []string
	file  string
	seed  uint64
}

// flags returns the flags of o.
func (o *ruleOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "rule", Usage: "change what passes: `RULE` is 'CONDITION => ACTION', such as 'type == \"PING\" => delay 2s nth=3'"},
		&cli.StringFlag{Name: "rules", Destination: &o.file, Usage: "take the rules in `FILE` as well, one a line"},
		&cli.Uint64Flag{Name: "seed", Destination: &o.seed, Usage: "settle by `N` what rules leave to chance"},
	}
}

// maxRules is the largest file of rules.
const maxRules = 1 << 20

// read returns the rules; nil when there are none.
func (o *ruleOptions) read(ctx context.Context, e *env, proto string) (*tap.Rules, error) {
	if len(o.rules) == 0 && o.file == "" {
		return nil, nil
	}
	if proto == decode.Auto {
		return nil, &hinted{ui.Usagef("rules are about frames of one protocol, and it is auto"), "name the PROTOCOL"}
	}
	rules, err := tap.NewRules(proto, o.seed)
	if err != nil {
		return nil, ui.With(ui.ExitUsage, err)
	}
	for i, text := range o.rules {
		if err := rules.Add(text); err != nil {
			return nil, ruleError("--rule", i+1, text, err)
		}
	}
	if o.file == "" {
		return rules, nil
	}
	in, _, err := e.Open(ctx, o.file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxRules+1))
	if err != nil {
		return nil, ui.IOf("%s: %w", display(o.file), err)
	}
	if len(b) > maxRules {
		return nil, ui.Usagef("%s: over %d bytes are no rules", display(o.file), maxRules)
	}
	number := 0
	for text := range strings.Lines(string(b)) {
		number++
		text = strings.TrimRight(text, "\r\n")
		if t := strings.TrimSpace(text); t == "" || t[0] == '#' {
			continue
		}
		if err := rules.Add(text); err != nil {
			return nil, ruleError(display(o.file), number, text, err)
		}
	}
	return rules, nil
}

// ruleError gives a fault of a rule its place.
func ruleError(file string, number int, text string, err error) error {
	e, ok := errors.AsType[*codec.TextError](err)
	if !ok {
		return ui.With(ui.ExitUsage, err)
	}
	return &humanframe.Error{
		File: file, Line: number, Text: text, Start: e.Start, End: e.End,
		Field: e.Field, Message: e.Message, Allowed: e.Allowed, HintText: e.Hint,
	}
}
