// Command gen writes a stream or a capture of one protocol, for measuring.
//
//	go run ./bench/gen -p hg -mix mixed -size 256M -o hg.raw
//	go run ./bench/gen -p hg -mix mixed -size 256M -pcap -flows 1000 -disorder 0.01 -o hg.pcap
//
// The same arguments give the same bytes. What it says on standard error, the
// numbers of frames, bytes and packets, is what a reader must find.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/wirectl/wirectl/bench/internal/size"
	"github.com/wirectl/wirectl/internal/synth"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	protocol := flag.String("p", "hg", fmt.Sprintf("the protocol: %v", synth.Protocols))
	mix := flag.String("mix", string(synth.Mixed), fmt.Sprintf("the sizes of frames: %v", synth.Mixes))
	length := size.Flag("size", "64M", "how many bytes of frames at least (K, M, G)")
	seed := flag.Uint64("seed", 1, "draws other sizes and payloads")
	packets := flag.Bool("pcap", false, "write a capture, not the bare stream")
	var net synth.Network
	flag.IntVar(&net.Flows, "flows", 1, "conversations in the capture")
	flag.IntVar(&net.Segment, "segment", 1448, "bytes of data in a packet of the capture")
	flag.Float64Var(&net.Disorder, "disorder", 0, "share of packets that come late or twice, such as 0.01")
	name := flag.String("o", "", "the file to write; else standard output")
	flag.Parse()

	out := os.Stdout
	if *name != "" {
		if out, err = os.Create(*name); err != nil {
			return err
		}
	}
	w := bufio.NewWriterSize(out, 1<<20)
	var t synth.Tally
	if *packets {
		t, err = synth.WriteCapture(w, *protocol, synth.Mix(*mix), *seed, *length, net)
	} else {
		t, err = synth.WriteStream(w, *protocol, synth.Mix(*mix), *seed, *length)
	}
	if err := errors.Join(err, w.Flush(), out.Close()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "frames %d bytes %d packets %d sum %016x\n", t.Frames, t.Bytes, t.Packets, t.Sum)
	return nil
}
