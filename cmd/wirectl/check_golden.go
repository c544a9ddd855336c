package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/wirectl/wirectl/pkg/diff"
)

// golden compares a golden file with its capture.
func (c *checkRun) golden(ctx context.Context, k *checkCase) error {
	if k.missing {
		return c.create(ctx, k)
	}
	file, err := readGolden(k.path)
	if err != nil {
		return err
	}
	words, err := file.words(k.path)
	if err != nil {
		return err
	}
	o, err := c.o.withFlags(k.path, words)
	if err != nil {
		return err
	}
	b, err := o.side(ctx, c.e, k.capture)
	if err != nil {
		return err
	}
	opts, err := o.compare()
	if err != nil {
		return err
	}
	opts.Whole = c.o.update != ""
	res, err := diff.Compare(ctx, o.goldenSide(k.path, file.text).Side, b.Side, opts)
	if err != nil {
		return err
	}
	k.counts = res.Total
	k.frames = res.Total.Same + res.Total.Changed + res.Total.Added
	damage := b.damage(&o.decodeOptions)
	if res.Equal() {
		k.status = checkPass
		return damage
	}
	k.differences = res.Total.Changed + res.Total.Removed + res.Total.Added
	if c.o.update != "" {
		return errors.Join(damage, c.change(k, o, file, res))
	}
	k.status, k.why = checkFail, countOf(k.differences, "difference")
	k.text = c.difference(k, res)
	k.places, k.left = placesOf(res), res.Left
	return damage
}

// goldenSide is the side of a golden file.
func (o *checkOptions) goldenSide(path string, text []byte) *diffSide {
	s := &diffSide{o: &o.decodeOptions, document: true}
	s.Name = path
	s.open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	opts, _ := o.session() // the other side has tried it
	s.reads(opts)
	return s
}

// difference returns what differs, as diff shows it.
func (c *checkRun) difference(k *checkCase, res *diff.Result) string {
	var b bytes.Buffer
	show := c.shower(&b)
	_ = show.text(k.path, k.capture, res) // a buffer takes everything
	return b.String()
}

func (c *checkRun) shower(w io.Writer) *diffShower {
	return &diffShower{e: c.e, o: &diffOptions{decodeOptions: c.o.decodeOptions}, st: c.st, out: w}
}
