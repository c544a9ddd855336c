package capture

import (
	"bytes"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/capture/pcapfile"
)

// Sniff judges which format a capture with these first bytes has, and why.
// Bytes packed with gzip or zstd are to be unpacked first. When in doubt it
// is [Raw].
func Sniff(prefix []byte) (Format, string) { return sniff(prefix, true) }

// signs are what the first lines of texts look like. Those that come first
// are the more special ones.
var signs = []struct {
	format Format
	why    string
	re     *lazyre.Regexp
}{
	{Follow, "it begins as tshark's follow output", lazyre.New(`\A\s*={60,}\r?\nFollow: tcp,`)},
	{Redis, "it begins as redis-cli MONITOR output", lazyre.New(`\A(?:OK\r?\n)?\d{9,}\.\d{6} \[\d+ [^\]\s]+\] "`)},
	{Tcpdump, "it has tcpdump's packet dumps", lazyre.New(`\A[^\n]{10,400}\n(?:    [^\n]{10,400}\n)?\t0x0000:  [0-9a-f]{4}`)},
	{Strace, "it begins with system calls as strace prints them", lazyre.New(`\A(?:\[pid +\d+\] |\d+ +)?(?:\d[\d:.]* )?(?:execve|read|write|sendto|recvfrom|sendmsg|recvmsg|socket|connect|accept4?|readv|writev)\(`)},
	{Hexdump, "it begins as hexdump -C output", lazyre.New(`\A[0-9a-f]{8}  (?:[0-9a-f]{2} {1,2}){1,16} *\|[^\n]{1,16}\|\r?\n`)},
	{Dump, "it begins as a dump of wirectl", lazyre.New(`\A#\d+(?:/\d+)? (?:\S+ )?[<>] [^\n]{1,400}\n(?:  |! )[0-9a-f]{8,16}  `)},
	{XXD, "it begins as xxd output", lazyre.New(`\A[0-9a-f]{8}: (?:[0-9a-fA-F]{2}){1,16}(?: (?:[0-9a-fA-F]{2}){1,16})* {1,}`)},
}

// hexText is a text of nothing but hex digits and white space.
var hexText = lazyre.New(`\A[0-9a-fA-F\s]+\z`)

// sniff is [Sniff]; whole says that prefix is all there is.
func sniff(prefix []byte, whole bool) (Format, string) {
	if kind, ok := pcapfile.Is(prefix); ok {
		if kind == "pcapng" {
			return Pcapng, "it begins with a pcapng section header"
		}
		return Pcap, "it begins with pcap's magic number"
	}
	for _, s := range signs {
		if s.re.Get().Match(prefix) {
			return s.format, s.why
		}
	}
	if hexText.Get().Match(prefix) && isHex(prefix, whole) {
		return Hex, "it is nothing but pairs of hex digits and white space"
	}
	return Raw, "nothing says that it is text or a capture file"
}

// isHex reports whether the words of a text of hex digits and white space
// are pairs of digits.
func isHex(text []byte, whole bool) bool {
	words := bytes.Fields(text)
	for i, w := range words {
		if len(w)%2 != 0 && (whole || i != len(words)-1) {
			return false
		}
	}
	return len(words) > 0
}
