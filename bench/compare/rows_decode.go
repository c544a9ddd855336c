package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/wirectl/wirectl/internal/synth"
)

func limitRows() []*row {
	in := input{protocol: "hg", mix: synth.Mixed}
	return []*row{
		{name: "limit/wc", what: "`wc -l`", base: "`cat`", sides: against(in, reader("wc", "-l"), cat)},
		{name: "limit/copy", what: "a copy in memory, 64 MiB at a time", base: "`cat`", sides: against(in, func(c *config, _ string, _ synth.Tally) side {
			return side{args: []string{c.self, "-peer", "copy"}, bytes: 1 << 30}
		}, cat)},
	}
}

// frameRows are the cutting of frames, with nothing printed of each.
func frameRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		for _, mix := range synth.Mixes {
			limit := 1.3
			if mix == synth.Small {
				limit = 2.2
			}
			rows = append(rows, (&row{
				name: fmt.Sprintf("frames/%s/%s", p, mix), what: fmt.Sprintf("%s %s: stream to frames (library)", p, mix), base: "`cat`",
				sides: against(input{protocol: p, mix: mix}, inOneThread(peerOf("frames", p)), cat),
			}).atMost(limit))
		}
	}
	for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
		r := &row{
			name: fmt.Sprintf("frames/http2/%s", mix), what: fmt.Sprintf("hg %s: frames (library)", mix), base: "x/net/http2's Framer, SetReuseFrames", kind: timesFaster,
			sides: func(c *config) (side, side, error) {
				path, t, err := c.path(input{protocol: "hg", mix: mix})
				h2, _, err2 := c.path(input{protocol: "hg", mix: mix, derive: "http2"})
				return inOneThread(peerOf("frames", "hg"))(c, path, t), inOneThread(peerOf("http2"))(c, h2, t), errors.Join(err, err2)
			},
		}
		if mix == synth.Small {
			rows = append(rows, r.atLeast(4))
		} else {
			rows = append(rows, r.atLeast(1))
		}
	}
	for _, p := range synth.Protocols {
		rows = append(rows, &row{
			name: "frames/list/" + p, what: fmt.Sprintf("%s mixed: `decode -l`", p), base: "`cat`",
			sides: against(input{protocol: p, mix: synth.Mixed}, inOneThread(decoder(p, "list")), cat),
		})
	}
	return rows
}

// decodeRows are the printing of frames.
func decodeRows() []*row {
	goals := map[synth.Mix]map[string]float64{
		synth.Mixed: {"hg": 11, "msgq": 11, "zeo": 13, "zmtp": 13, "synapse": 7.5},
		synth.Small: {"synapse": 12, "msgq": 12, "hg": 16, "zmtp": 16, "zeo": 21},
	}
	var rows []*row
	for _, form := range []string{"wire", "json"} {
		for _, p := range synth.Protocols {
			for _, mix := range []synth.Mix{synth.Small, synth.Mixed, synth.Large} {
				r := &row{
					name: fmt.Sprintf("%s/%s/%s", form, p, mix), what: fmt.Sprintf("%s %s: `decode -o %s`", p, mix, form), base: "`cat`",
					sides: against(input{protocol: p, mix: mix, size: 256 << 20}, inOneThread(decoder(p, form)), cat),
				}
				if limit := goals[mix][p]; limit > 0 {
					r.atMost(limit)
				}
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// encodeRows are the reading of the notation.
func encodeRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
			rows = append(rows, (&row{
				name: fmt.Sprintf("encode/%s/%s", p, mix), what: fmt.Sprintf("%s %s: `encode`", p, mix), base: "`cat` of the text",
				sides: func(c *config) (side, side, error) {
					in := input{protocol: p, mix: mix, size: 128 << 20}
					raw, _, err := c.path(in)
					in.derive = "wire"
					text, _, err2 := c.path(in)
					a := side{args: []string{c.wirectl, "encode", "-o", "raw", "-f", text}, bytes: fileSize(text), env: []string{"GOMAXPROCS=1"}, check: &same{path: raw}}
					b := side{args: []string{"cat", text}, bytes: a.bytes}
					return a, b, errors.Join(err, err2)
				},
			}).atMost(15))
		}
	}
	return rows
}

// dumpRows set the dump against dumps without fields.
func dumpRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		for _, tool := range [][]string{{"xxd"}, {"hexdump", "-C"}} {
			for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
				r := &row{
					name: fmt.Sprintf("dump/%s/%s/%s", tool[0], p, mix), what: fmt.Sprintf("%s %s: `dump --all`", p, mix), base: "`" + tool[0] + "`", kind: timesFaster,
					sides: against(input{protocol: p, mix: mix, size: 32 << 20}, inOneThread(decoder(p, "dump", "--all")), reader(tool...)),
				}
				rows = append(rows, r.atLeast(1))
			}
		}
	}
	return rows
}

// same checks that what is printed is the same as a file.
type same struct {
	path string
	cmp  *exec.Cmd
	in   interface {
		Write([]byte) (int, error)
		Close() error
	}
}

func (s *same) Write(p []byte) (int, error) {
	if s.cmp == nil {
		s.cmp = exec.Command("cmp", "-", s.path)
		s.cmp.Stderr = os.Stderr
		in, err := s.cmp.StdinPipe()
		if err != nil {
			return 0, err
		}
		s.in = in
		if err := s.cmp.Start(); err != nil {
			return 0, err
		}
	}
	return s.in.Write(p)
}

func (s *same) check() error {
	if s.cmp == nil {
		return errors.New("it prints nothing")
	}
	err := errors.Join(s.in.Close(), s.cmp.Wait())
	s.cmp = nil
	return err
}
