package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirectl/wirectl/pkg/capture/tcpflow"
	"github.com/wirectl/wirectl/pkg/codec"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

// readAll reads a file: one line for each packet and each damage.
func readAll(t testing.TB, file []byte) []string {
	t.Helper()
	bare := readSome(t, file, 0)
	for _, most := range []int{1, 3, 1000} {
		if got := readSome(t, file, most); !slices.Equal(got, bare) {
			t.Fatalf("with %d packets of Ahead at a time:\n%q\nwant %q", most, got, bare)
		}
	}
	return readSome(t, file, -1)
}

// readSome takes up to most packets of those that are known ahead, and then the
// next one. With a negative number it tells the lengths on the wire too.
func readSome(t testing.TB, file []byte, most int) []string {
	t.Helper()
	r, err := NewReader("F", bytes.NewReader(file))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	var p Packet
	line := func(rest string) {
		out = append(out, fmt.Sprintf("%d %s %d %q %s", p.Number, p.Time.Format("05.000000000"), p.Link, p.Data, rest))
	}
	for range 100_000 {
		if most > 0 {
			link, buf, ahead := r.Ahead()
			n := min(most, len(ahead))
			for i, a := range ahead[:n] {
				p.Number, p.Time, p.Link, p.Data = r.number+i+1, a.Time(), link, buf[a.From:a.To]
				line("")
			}
			r.Pass(n)
		}
		err := r.Next(&p)
		if _, ok := errors.AsType[*Damage](err); ok {
			out = append(out, err.Error())
			continue
		}
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Length < len(p.Data) || p.Number < 1 {
			t.Fatalf("packet %+v", p)
		}
		if most < 0 {
			p.Comment = fmt.Sprintf("%d %s", p.Length, p.Comment)
		}
		line(p.Comment)
	}
	t.Fatal("the file has no end")
	return nil
}

// classicFile makes a pcap file of two packets.
func classicFile(order binary.ByteOrder, magic uint32) []byte {
	u16 := func(b []byte, v uint16) []byte { x := [2]byte{}; order.PutUint16(x[:], v); return append(b, x[:]...) }
	u32 := func(b []byte, v uint32) []byte { x := [4]byte{}; order.PutUint32(x[:], v); return append(b, x[:]...) }
	b := u32(nil, magic)
	b = u16(u16(b, 2), 4)
	b = u32(u32(u32(u32(b, 0), 0), 262144), 101)
	for i, data := range []string{"first", "second"} {
		b = u32(b, uint32(start.Unix()))
		b = u32(b, uint32(i+7))
		b = u32(u32(b, uint32(len(data))), uint32(len(data)+i))
		if magic == magicModified {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, data...)
	}
	return b
}

func TestClassic(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for magic, unit := range map[uint32]string{magicMicro: "00000%d000", magicModified: "00000%d000", magicNano: "00000000%d"} {
			got := readAll(t, classicFile(order, magic))
			want := []string{
				fmt.Sprintf(`1 05.`+unit+` 101 "first" 5 `, 7),
				fmt.Sprintf(`2 05.`+unit+` 101 "second" 7 `, 8),
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v %x: %q, want %q", order, magic, got, want)
			}
		}
	}
}

// TestClassicCut cuts a file at every byte: the packets before the cut are
// whole, the rest of the one that was cut is there, and the cut is told.
func TestClassicCut(t *testing.T) {
	file := classicFile(binary.LittleEndian, magicMicro)
	for n := 4; n < len(file); n++ {
		got := readAll(t, file[:n])
		packets := 0
		for _, g := range got {
			if !strings.HasPrefix(g, "F: ") {
				packets++
			}
		}
		last := ""
		if len(got) > 0 {
			last = got[len(got)-1]
		}
		clean := n == 24 || n == 24+16+5
		if told := strings.Contains(last, "file cut"); told == clean {
			t.Errorf("cut at %d: %q", n, got)
		}
		if want := max(0, (n-24+5)/21); n >= 24 && n <= 24+21 && packets != min(want, 1) && packets != want {
			t.Errorf("cut at %d: %d packets: %q", n, packets, got)
		}
	}
}

func TestClassicResync(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewClassicWriter(&buf, tcpflow.LinkRaw)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for i := range 6 {
		if err := errors.Join(w.Flush(), nil); err != nil {
			t.Fatal(err)
		}
		at = append(at, buf.Len())
		if err := w.Packet(start.Add(time.Duration(i)*time.Second), bytes.Repeat([]byte{byte('a' + i)}, 50), ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	file := buf.Bytes()
	copy(file[at[2]+8:], "\xff\xff\xff\xff") // the third packet's length
	got := readAll(t, file)
	if len(got) != 6 || !strings.Contains(got[2], "F: offset 156, packet 3: a packet's head claims 4294967295 of 50 bytes: 66 bytes passed over") ||
		!strings.Contains(got[3], "dddd") || !strings.Contains(got[5], "ffff") {
		t.Errorf("got %q", got)
	}
}

// ngFile makes a pcapng file with all kinds of blocks.
func ngFile(order binary.ByteOrder) []byte {
	u16 := func(b []byte, v ...uint16) []byte {
		for _, v := range v {
			x := [2]byte{}
			order.PutUint16(x[:], v)
			b = append(b, x[:]...)
		}
		return b
	}
	u32 := func(b []byte, v ...uint32) []byte {
		for _, v := range v {
			x := [4]byte{}
			order.PutUint32(x[:], v)
			b = append(b, x[:]...)
		}
		return b
	}
	option := func(b []byte, code uint16, v string) []byte {
		return pad(append(u16(b, code, uint16(len(v))), v...))
	}
	var file []byte
	block := func(kind uint32, body []byte) {
		file = u32(file, kind, uint32(len(body)+12))
		file = u32(append(file, body...), uint32(len(body)+12))
	}
	block(blockSection, append(u16(u32(nil, ngMagic), 1, 0), "\xff\xff\xff\xff\xff\xff\xff\xff"...))
	block(blockInterface, u32(u16(nil, 1, 0), 100))                                   // Ethernet, µs
	block(blockInterface, option(option(u32(u16(nil, 101, 0), 3), 9, "\x09"), 0, "")) // raw, ns, snaplen 3
	block(blockInterface, option(option(u32(u16(nil, 113, 0), 0), 9, "\x8a"), 14, "\x00\x00\x00\x00\x00\x00\x00\x00"))
	block(blockNames, u16(append(u16(nil, 1, 9), "\x0a\x00\x00\x01host\x00\x00\x00\x00"...), 0, 0))
	block(blockSecrets, u32(nil, 0x544c534b, 0))
	block(0xbad, u32(nil, 1))
	us := uint64(start.UnixMicro())
	block(blockPacket, option(option(pad(append(u32(nil, 0, uint32(us>>32), uint32(us), 5, 9), "hello"...)), 1, "a comment"), 0, ""))
	ns := uint64(start.UnixNano())
	block(blockPacket, pad(append(u32(nil, 1, uint32(ns>>32), uint32(ns), 3, 3), "two"...)))
	ticks := uint64(start.Unix()) << 10
	block(blockPacket, pad(append(u32(nil, 2, uint32(ticks>>32), uint32(ticks), 5, 5), "three"...)))
	block(blockOldPacket, pad(append(u32(u16(nil, 1, 0), uint32(ns>>32), uint32(ns), 4, 4), "four"...)))
	block(blockSimple, append(u32(nil, 4), "five"...))
	block(blockPacket, u32(nil, 9, 0, 0, 0, 0)) // no such interface
	block(blockStatistics, u32(nil, 0, 0, 0))
	return file
}

func TestNG(t *testing.T) {
	want := []string{
		`1 05.000000000 1 "hello" 9 a comment`, `2 05.000000006 101 "two" 3 `, `3 05.000000000 113 "three" 5 `,
		`4 05.000000006 101 "four" 4 `, `5 00.000000000 1 "five" 4 `,
		`packet 6: packet of interface 9: only 3 are described`,
	}
	var both []byte // two sections of different byte orders in one file
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		file := ngFile(order)
		both = append(both, file...)
		got := readAll(t, file)
		if len(got) != len(want) {
			t.Fatalf("%v: %q", order, got)
		}
		for i := range want {
			if !strings.HasSuffix(got[i], want[i]) {
				t.Errorf("%v: %q, want %q", order, got[i], want[i])
			}
		}
	}
	if got := readAll(t, both); len(got) != 2*len(want) {
		t.Errorf("two sections: %q", got)
	}
	r, err := NewReader("F", bytes.NewReader(both))
	if err != nil {
		t.Fatal(err)
	}
	var p Packet
	if err := r.Next(&p); err != nil || r.Name(netip.MustParseAddr("10.0.0.1")) != "host" {
		t.Errorf("name %q, %v", r.Name(netip.MustParseAddr("10.0.0.1")), err)
	}
}

// TestNGDamage changes and cuts a file at every byte. Reading ends without a
// panic, and a cut is told unless it is between blocks.
func TestNGDamage(t *testing.T) {
	file := ngFile(binary.LittleEndian)
	for n := range file {
		if n >= 12 {
			readAll(t, file[:n])
		}
		bad := bytes.Clone(file)
		bad[n] ^= 0xff
		readAll(t, bad)
	}
	// After a block with a broken length everything else is there.
	bad := bytes.Clone(file)
	at := bytes.Index(bad, []byte("hello")) - 28
	copy(bad[at+4:], "\xff\xff\xff\x7f")
	got := readAll(t, bad)
	if len(got) != 6 || !strings.Contains(got[0], "passed over") || !strings.Contains(got[1], "two") {
		t.Errorf("got %q", got)
	}
}

// conversation writes one with everything in it.
func conversation(t *testing.T, w PacketWriter) {
	t.Helper()
	r := NewRecorder(w)
	a := &tcpflow.Conn{Client: tcpflow.Endpoint{Addr: netip.MustParseAddrPort("10.0.0.1:40000")}, Server: tcpflow.Endpoint{Addr: netip.MustParseAddrPort("10.0.0.2:8000")}}
	b := &tcpflow.Conn{Client: tcpflow.Endpoint{Addr: netip.MustParseAddrPort("[fe80::1]:40000")}, Server: tcpflow.Endpoint{Addr: netip.MustParseAddrPort("[fe80::2]:9991")}}
	c := &tcpflow.Conn{}
	big := strings.Repeat("0123456789", 10_000)
	for _, err := range []error{
		r.Open(a, start),
		r.Data(a, codec.ToServer, start.Add(1000), []byte("hello"), "frame 1: greeting"),
		r.Data(b, codec.ToServer, start.Add(2000), []byte(big), "a big one"),
		r.Data(a, codec.ToClient, start.Add(3000), []byte("hi"), ""),
		r.Data(c, codec.ToClient, time.Time{}, []byte("odd"), "without addresses"),
		r.Close(a, start.Add(4000)),
		r.Finish(),
		w.Flush(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// writers are the two formats.
var writers = map[string]func(io.Writer) (PacketWriter, error){
	"pcap":   func(w io.Writer) (PacketWriter, error) { return NewClassicWriter(w, tcpflow.LinkRaw) },
	"pcapng": func(w io.Writer) (PacketWriter, error) { return NewNGWriter(w, tcpflow.LinkRaw, "wirectl") },
}

// TestRecorder reads what was written and wants the same bytes again.
func TestRecorder(t *testing.T) {
	for name, open := range writers {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			w, err := open(&buf)
			if err != nil {
				t.Fatal(err)
			}
			conversation(t, w)
			r, err := NewReader(name, &buf)
			if err != nil {
				t.Fatal(err)
			}
			asm := tcpflow.New(tcpflow.Limits{})
			got := map[string]string{}
			comments := ""
			add := func(events []tcpflow.Event) {
				for _, e := range events {
					switch e.Kind {
					case tcpflow.Data:
						got[fmt.Sprintf("%d%v", e.Conn.ID, e.Dir)] += string(e.Data)
					case tcpflow.Gap, tcpflow.Note:
						t.Errorf("%v: %s", e.Kind, e.Why)
					case tcpflow.Close:
						if !strings.Contains(e.Why, "FIN") || e.Conn.JoinedMidstream {
							t.Errorf("closed because %s", e.Why)
						}
					}
				}
			}
			for {
				var p Packet
				err := r.Next(&p)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				events, err := asm.Packet(p.Link, p.Data, p.Time)
				if err != nil {
					t.Fatal(err)
				}
				add(events)
				comments += p.Comment + ";"
			}
			add(asm.Finish())
			if len(got) != 4 || got["1>"] != "hello" || got["1<"] != "hi" || len(got["2>"]) != 100_000 || got["3<"] != "odd" {
				t.Errorf("got %.100q", got)
			}
			if name == "pcapng" && !strings.Contains(comments, "frame 1: greeting") {
				t.Errorf("comments %q", comments)
			}
		})
	}
}

// TestForget wants a conversation that is forgotten to be closed, to take no
// memory, and not to change what follows.
func TestForget(t *testing.T) {
	var want []byte
	for _, forget := range []bool{false, true} {
		var buf bytes.Buffer
		w, err := NewClassicWriter(&buf, tcpflow.LinkRaw)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRecorder(w)
		for range 3 {
			c := &tcpflow.Conn{}
			if err := r.Data(c, codec.ToServer, time.Unix(1, 0), []byte("x"), ""); err != nil {
				t.Fatal(err)
			}
			end := r.Close
			if forget {
				end = r.Forget
			}
			if err := end(c, time.Unix(2, 0)); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Finish(); err != nil {
			t.Fatal(err)
		}
		_ = w.Flush()
		if !forget {
			want = buf.Bytes()
		} else if len(r.conns) != 0 || !bytes.Equal(buf.Bytes(), want) {
			t.Errorf("%d conversations are kept; %d bytes, want %d", len(r.conns), buf.Len(), len(want))
		}
	}
}

// TestShark wants Wireshark's reader to find nothing to say about what we
// write: no expert information above the level of a chat, but for FIN.
func TestShark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: what it says about our captures is not checked")
	}
	for name, open := range writers {
		file := filepath.Join(t.TempDir(), "x."+name)
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		w, err := open(f)
		if err != nil {
			t.Fatal(err)
		}
		conversation(t, w)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tshark, "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
			"-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message", "-e", "tcp.checksum.status", "-e", "frame.comment",
			"-Y", "_ws.expert.severity > 0x200000 || tcp.checksum.status != 1 || frame.comment")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, stderr.String())
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			if strings.Contains(f[1], "connection closing") && f[2] == "1" {
				continue // it notes every FIN
			}
			if name == "pcap" || len(f) != 4 || f[3] == "" || f[2] != "1" {
				t.Errorf("%s: tshark says %q", name, line)
			}
		}
		if name == "pcapng" && !bytes.Contains(out, []byte("frame 1: greeting")) {
			t.Errorf("tshark does not show the comment: %q", out)
		}
		if s := stderr.String(); strings.Contains(strings.ReplaceAll(s, "Running as user", ""), "tshark:") {
			t.Errorf("%s: %s", name, s)
		}
	}
}

// FuzzReader gives anything to the reader: it ends, and what it says of a
// packet is within the file.
func FuzzReader(f *testing.F) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(classicFile(order, magicMicro))
		f.Add(classicFile(order, magicNano))
		f.Add(ngFile(order))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		readAll(t, file)
		r, err := NewReader("F", bytes.NewReader(file))
		if err != nil {
			return
		}
		var p Packet
		for range len(file) + 10 {
			err := r.Next(&p)
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			var d *Damage
			switch {
			case errors.As(err, &d):
				if d.Offset < 0 || d.Offset > int64(len(file)) {
					t.Fatalf("damage at %d of %d", d.Offset, len(file))
				}
			case err != nil:
				t.Fatal(err)
			case p.Offset < 0 || p.Offset+int64(len(p.Data)) > int64(len(file)) || len(p.Data) > p.Length:
				t.Fatalf("%+v", p)
			}
		}
		t.Fatal("the file has no end")
	})
}
