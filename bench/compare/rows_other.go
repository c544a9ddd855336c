package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/wirectl/wirectl/internal/synth"
)

// segments are the sizes of packets: one that fits in one on Ethernet.
var onWire = synth.Network{Flows: 1, Segment: 1448}

// captureRows are the reading of packets.
func captureRows() []*row {
	hg := func(mix synth.Mix) input { return input{protocol: "hg", mix: mix, packets: true, net: onWire} }
	shaken, many := hg(synth.Mixed), hg(synth.Mixed)
	shaken.net.Disorder = 0.01
	many.net.Flows = 1000
	rows := []*row{
		(&row{name: "pcap/frames", what: "hg mixed: packets in order to frames (library)", base: "the same from the bare stream",
			sides: func(c *config) (side, side, error) {
				return c.pair(hg(synth.Mixed), input{protocol: "hg", mix: synth.Mixed}, inOneThread(peerOf("captured", "hg")))
			}}).atMost(1.5),
		(&row{name: "pcap/gopacket", what: "hg mixed: packets in order to frames (library)", base: "gopacket's reassembly alone", kind: timesFaster,
			sides: against(hg(synth.Mixed), inOneThread(peerOf("captured", "hg")), inOneThread(peerOf("reassembly")))}).atLeast(1.5),
		(&row{name: "pcap/disorder", what: "hg mixed: 1 % of the packets late or twice, to frames", base: "in order",
			sides: func(c *config) (side, side, error) {
				return c.pair(shaken, hg(synth.Mixed), inOneThread(peerOf("captured", "hg")))
			}}).atMost(1.3),
		{name: "pcap/flows", what: "hg mixed: 1,000 conversations, to frames", base: "one conversation",
			sides: func(c *config) (side, side, error) {
				return c.pair(many, hg(synth.Mixed), inOneThread(peerOf("captured", "hg")))
			}},
	}
	for _, p := range []string{"hg", "msgq"} {
		for _, form := range []string{"wire", "json"} {
			in := input{protocol: p, mix: synth.Mixed, packets: true, net: onWire, size: 256 << 20}
			rows = append(rows, (&row{name: "tshark/lua/" + p + "/" + form, what: fmt.Sprintf("%s mixed: packets to `-o %s`", p, form), base: "tshark, our Lua dissector, `-T fields`", kind: timesFaster,
				sides: against(in, inOneThread(decoder(p, form)), tsharkLua(p))}).atLeast(20))
		}
	}
	in := input{protocol: "hg", mix: synth.Mixed, packets: true, net: onWire, size: 256 << 20}
	rows = append(rows,
		&row{name: "tshark/plain", what: "hg mixed: packets to `-o wire`", base: "tshark without dissector: `-q -z io,stat,0`", kind: timesFaster,
			sides: against(in, inOneThread(decoder("hg", "wire")), func(_ *config, path string, t synth.Tally) side {
				return side{args: []string{"tshark", "-n", "-r", path, "-q", "-z", "io,stat,0"}, bytes: fileSize(path), check: saysOne(fmt.Sprint(t.Packets))}
			})},
		(&row{name: "tshark/memory", what: "peak memory: hg mixed, packets to `-o wire`", base: "tshark, our Lua dissector", kind: peakRatio,
			sides: against(in, inOneThread(decoder("hg", "wire")), tsharkLua("hg"))}).atMost(0.034),
	)
	return rows
}

// pair is the same reader on two inputs.
func (c *config) pair(a, b input, reader func(*config, string, synth.Tally) side) (side, side, error) {
	pathA, ta, err := c.path(a)
	pathB, tb, err2 := c.path(b)
	x, y := reader(c, pathA, ta), reader(c, pathB, tb)
	x.bytes, y.bytes = ta.Bytes, tb.Bytes // of the streams, however they are packed
	return x, y, errors.Join(err, err2)
}

// tsharkLua is tshark with a dissector of ours, one line a packet.
func tsharkLua(protocol string) func(*config, string, synth.Tally) side {
	return func(c *config, path string, t synth.Tally) side {
		script := filepath.Join(c.bench, "peers", protocol+".lua")
		return side{
			args: []string{
				"tshark", "-n", "-X", "lua_script:" + script, "-o", "tcp.reassemble_out_of_order:TRUE", "-r", path,
				"-Y", protocol + "x", "-T", "fields", "-E", "aggregator=;", "-e", protocol + "x.type", "-e", protocol + "x.length", "-e", protocol + "x.payload",
			},
			bytes: fileSize(path), check: aggregated(t),
		}
	}
}

// pythonRows set wirectl against loops in Python, without their start.
func pythonRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		for _, mix := range []synth.Mix{synth.Small, synth.Mixed} {
			for _, op := range []string{"frames", "text"} {
				a := inOneThread(decoder(p, "wire"))
				if op == "frames" {
					a = inOneThread(peerOf("frames", p))
				}
				r := &row{
					name: fmt.Sprintf("python/%s/%s/%s", op, p, mix), what: fmt.Sprintf("%s %s: to %s", p, mix, op), base: "Python, the loop of the reference program", kind: timesFaster,
					sides: against(input{protocol: p, mix: mix, size: 32 << 20}, a, python(p, op)),
				}
				if op == "text" && mix == synth.Small {
					r.atLeast(map[string]float64{"hg": 15, "zeo": 15, "msgq": 20, "synapse": 20, "zmtp": 10}[p])
				}
				rows = append(rows, r)
			}
		}
	}
	return rows
}

func python(protocol, op string) func(*config, string, synth.Tally) side {
	return func(c *config, path string, t synth.Tally) side {
		script := filepath.Join(c.bench, "peers", protocol+".py")
		return side{
			args:  []string{"python3", script, op, path},
			idle:  []string{"python3", script, op, "/dev/null"},
			bytes: fileSize(path), check: lastSays(fmt.Sprintf("%d:%d", t.Frames, t.Bytes)),
		}
	}
}

// memoryRows set the memory for a large input against that for a small one.
func memoryRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		rows = append(rows, memoryRow(input{protocol: p, mix: synth.Mixed}, "wire"), memoryRow(input{protocol: p, mix: synth.Mixed}, "json"))
	}
	return append(rows,
		memoryRow(input{protocol: "hg", mix: synth.Mixed}, "dump"),
		memoryRow(input{protocol: "hg", mix: synth.Mixed}, "list"),
		memoryRow(input{protocol: "hg", mix: synth.Mixed, packets: true, net: onWire}, "wire"),
		memoryRow(input{protocol: "hg", mix: synth.Mixed, packets: true, net: synth.Network{Flows: 1000, Segment: 1448, Disorder: 0.01}}, "wire"),
	)
}

func memoryRow(in input, form string) *row {
	name := fmt.Sprintf("memory/%s/%s", in.protocol, form)
	what := fmt.Sprintf("peak memory: %s mixed to `%s`, 16 times as much", in.protocol, form)
	if in.packets {
		name = fmt.Sprintf("memory/pcap/%d", in.net.Flows)
		what = fmt.Sprintf("peak memory: packets of %d conversations to `%s`, 16 times as much", in.net.Flows, form)
	}
	in.size = 64 << 20
	return (&row{name: name, what: what, base: "with a sixteenth of it", kind: peakRatio, sides: func(c *config) (side, side, error) {
		more := in
		more.times = 16
		return c.pair(more, in, decoder(in.protocol, form))
	}}).atMost(1.2)
}

// coreRows set two processors against one.
func coreRows() []*row {
	var rows []*row
	for _, p := range synth.Protocols {
		for _, form := range []string{"wire", "json"} {
			rows = append(rows, (&row{
				name: fmt.Sprintf("cores/%s/%s", form, p), what: fmt.Sprintf("wall time: %s mixed to `%s`, two processors", p, form), base: "one", kind: wallTimesFaster,
				sides: against(input{protocol: p, mix: synth.Mixed}, inThreads(2, decoder(p, form)), inThreads(1, decoder(p, form))),
			}).atLeast(1.5))
		}
	}
	many := input{protocol: "hg", mix: synth.Mixed, packets: true, net: synth.Network{Flows: 1000, Segment: 1448}}
	return append(rows, (&row{
		name: "cores/wire/flows", what: "wall time: 1,000 conversations in packets to `wire`, two processors", base: "one", kind: wallTimesFaster,
		sides: against(many, inThreads(2, decoder("hg", "wire")), inThreads(1, decoder("hg", "wire"))),
	}).atLeast(1.5))
}

func inThreads(n int, f func(*config, string, synth.Tally) side) func(*config, string, synth.Tally) side {
	return func(c *config, path string, t synth.Tally) side {
		s := f(c, path, t)
		s.env = append(s.env, fmt.Sprintf("GOMAXPROCS=%d", n))
		return s
	}
}

// startRows are commands that have next to nothing to do.
func startRows() []*row {
	version := func(c *config) side { return side{args: []string{c.wirectl, "version"}} }
	encode := func(c *config) side {
		return side{args: []string{c.wirectl, "encode", "-p", "hg", "-o", "hex", "1 1 stream-begin command-name eos heads"}}
	}
	fixed := func(args ...string) func(*config) side {
		return func(*config) side { return side{args: args} }
	}
	start := func(name, what, base string, kind kind, a, b func(*config) side) *row {
		return &row{name: "start/" + name, what: what, base: base, kind: kind, quick: true,
			sides: func(c *config) (side, side, error) { return a(c), b(c), nil }}
	}
	return []*row{
		start("version", "wall time: `wirectl version`", "`true`", wallRatio, version, fixed("true")).atMost(5),
		start("encode", "wall time: `wirectl encode` of one frame", "`true`", wallRatio, encode, fixed("true")),
		start("jq", "wall time: `wirectl encode` of one frame", "`jq -n 1`", wallRatio, encode, fixed("jq", "-n", "1")),
		start("cpu", "CPU: `wirectl encode` of one frame", "`jq -n 1`", cpuRatio, encode, fixed("jq", "-n", "1")),
	}
}
