package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
	"github.com/wirectl/wirectl/pkg/capture"
	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/decode"
)

// A goldenFile is the content of a golden file.
type goldenFile struct {
	head []byte // the comments at its top, which an update keeps
	text []byte // the whole
}

// checkMark begins a first line that has flags.
const checkMark = "# check:"

func readGolden(path string) (*goldenFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, ui.IOf("%s: %w", path, pathCause(err))
	}
	g := &goldenFile{text: text}
	for rest := text; len(rest) > 0 && rest[0] == '#'; {
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		}
		g.head, rest = text[:len(g.head)+n], rest[n:]
	}
	return g, nil
}

// words returns the flags of the first line.
func (g *goldenFile) words(path string) ([]string, error) {
	line, _, _ := strings.Cut(string(g.head), "\n")
	text, ok := strings.CutPrefix(line, checkMark)
	if !ok {
		return nil, nil
	}
	words, err := shellWords(text)
	if err != nil {
		return nil, ui.Usagef("%s:1: %w", path, err)
	}
	return words, nil
}

// shellWords splits a line at blanks, as shells do it: what stands between
// quotes belongs together.
func shellWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, open := byte(0), false
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, open = c, true
		case c == ' ' || c == '\t' || c == '\r':
			if open || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, ui.Usagef("a quote has no end")
	}
	if open || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, nil
}

// withFlags returns the options with what the flags of a golden file say. These go
// before those of the command line; masks add up.
func (o *checkOptions) withFlags(path string, words []string) (*checkOptions, error) {
	if len(words) == 0 {
		return o, nil
	}
	own := checkOptions{}
	var rules, masks, kinds, with []string
	cmd := &cli.Command{
		Name: "check", HideHelp: true, OnUsageError: onUsageError,
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "mask"},
			&cli.StringSliceFlag{Name: "mask-kind"},
			&cli.StringSliceFlag{Name: "with"},
		}, compareFlags(&own.decodeOptions)...),
		Action: func(c *cli.Context) error {
			rules, masks, kinds, with = c.StringSlice("decode-as"), c.StringSlice("mask"), c.StringSlice("mask-kind"), c.StringSlice("with")
			return nil
		},
	}
	fail := func(err error) (*checkOptions, error) {
		return nil, &hinted{ui.Usagef("%s:1: %w", path, err), "the flags of a golden file are those of check that say how to read and to compare"}
	}
	l, err := parseLine([]*cli.Command{cmd}, append([]string{"check"}, words...))
	if err != nil {
		return fail(err)
	}
	if l.help || len(l.args) > 0 && l.args[len(l.args)-1] != "--" {
		return fail(ui.Usagef("%s is no flag", strings.Join(words, " ")))
	}
	app := &cli.App{
		Name: "wirectl", HideHelp: true, HideVersion: true, DisableSliceFlagSeparator: true, Writer: io.Discard, ErrWriter: io.Discard,
		ExitErrHandler: func(*cli.Context, error) {}, OnUsageError: onUsageError, Commands: []*cli.Command{cmd},
	}
	if err := app.RunContext(context.Background(), append([]string{app.Name}, l.args...)); err != nil {
		return fail(err)
	}
	both := *o
	both.masks, both.kinds, both.with = join(o.masks, masks), join(o.kinds, kinds), join(o.with, with)
	both.rules = join(rules, o.rules)
	for _, s := range []struct {
		dst        *string
		own, blank string
	}{
		{&both.protocol, own.protocol, decode.Auto}, {&both.dialect, own.dialect, ""}, {&both.input, own.input, capture.Auto.String()},
		{&both.direction, own.direction, ""}, {&both.logPattern, own.logPattern, ""},
	} {
		if s.own != s.blank {
			*s.dst = s.own
		}
	}
	both.allowDamage = o.allowDamage || own.allowDamage
	both.secrets, both.compat = o.secrets || own.secrets, o.compat || own.compat
	if own.depth != 0 {
		both.depth = own.depth
	}
	if own.maxFrame != codec.DefaultMaxFrame {
		both.maxFrame = own.maxFrame
	}
	_, err = both.compare()
	return &both, err
}

func join(a, b []string) []string { return append(append([]string(nil), a...), b...) }

// header returns the first line of a new golden file, with the flags of the
// command line that say how to read and to compare; "" when there are none.
func (o *checkOptions) header() string {
	var words []string
	add := func(flag, value, blank string) {
		if value != blank {
			words = append(words, flag, quoteWord(value))
		}
	}
	add("-p", o.protocol, decode.Auto)
	add("--dialect", o.dialect, "")
	add("-i", o.input, capture.Auto.String())
	add("--direction", o.direction, "")
	add("--log-pattern", o.logPattern, "")
	for _, l := range []struct {
		flag string
		list []string
	}{{"-d", o.rules}, {"--mask", o.masks}, {"--mask-kind", o.kinds}, {"--with", o.with}} {
		for _, value := range l.list {
			add(l.flag, value, "")
		}
	}
	for _, b := range []struct {
		flag string
		on   bool
	}{{"--allow-damage", o.allowDamage}, {"--show-secrets", o.secrets}, {"--compat", o.compat}} {
		if b.on {
			words = append(words, b.flag)
		}
	}
	if o.depth != 0 {
		words = append(words, "--depth", strconv.Itoa(o.depth))
	}
	if o.maxFrame != codec.DefaultMaxFrame {
		words = append(words, "--max-frame", strconv.FormatInt(o.maxFrame, 10))
	}
	if len(words) == 0 {
		return ""
	}
	return checkMark + " " + strings.Join(words, " ") + "\n"
}

// quoteWord writes a word so that shellWords reads it.
func quoteWord(s string) string {
	switch {
	case !strings.ContainsAny(s, " \t'\"*?[]<>|&;$()#~`\\{}!"):
		return s
	case !strings.Contains(s, "'"):
		return "'" + s + "'"
	}
	return `"` + s + `"`
}
