package capture

import (
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A Format is a form that a capture can have.
type Format uint8

// The formats.
const (
	Auto     Format = iota // find out
	Raw                    // the bytes themselves
	Hex                    // hex digits
	XXD                    // what xxd prints
	Hexdump                // what hexdump prints, with -C or without
	OD                     // what od -x, od -tx1 and the like print
	Tcpdump                // what tcpdump -x, -xx, -X and -XX print
	Strace                 // system calls as strace -xx prints them
	Base64                 // base64 of either alphabet
	PyBytes                // Python bytes literals
	GoQuoted               // Go's %q, %x and %#v
	CArray                 // C arrays and strings
	Redis                  // what redis-cli MONITOR prints
	Follow                 // what tshark -z follow prints
	Dump                   // what wirectl's own dump prints
	Log                    // lines that a pattern picks apart
	Pcap                   // tcpdump's files
	Pcapng                 // Wireshark's files
	formats
)

var formatNames = [formats]string{
	Auto: "auto", Raw: "raw", Hex: "hex", XXD: "xxd", Hexdump: "hexdump", OD: "od", Tcpdump: "tcpdump",
	Strace: "strace", Base64: "base64", PyBytes: "python", GoQuoted: "go", CArray: "c", Redis: "redis",
	Follow: "follow", Dump: "dump", Log: "log", Pcap: "pcap", Pcapng: "pcapng",
}

// formatAliases are other names that are taken.
var formatAliases = []struct {
	name   string
	format Format
}{
	{"binary", Raw}, {"py", PyBytes}, {"pybytes", PyBytes}, {"goquoted", GoQuoted}, {"carray", CArray},
	{"monitor", Redis}, {"tshark", Follow}, {"b64", Base64}, {"cap", Pcap}, {"ng", Pcapng},
}

// String returns the name of f, as [ParseFormat] takes it.
func (f Format) String() string {
	if f < formats {
		return formatNames[f]
	}
	return "unknown"
}

// Formats returns the names of all formats.
func Formats() []string { return append([]string(nil), formatNames[:]...) }

// ParseFormat returns the format of that name. The error is a
// [*codec.UnknownNameError].
func ParseFormat(name string) (Format, error) {
	lower := strings.ToLower(name)
	for f, n := range formatNames {
		if n == lower {
			return Format(f), nil
		}
	}
	for _, a := range formatAliases {
		if a.name == lower {
			return a.format, nil
		}
	}
	return Auto, &codec.UnknownNameError{What: "input format", Name: name, Allowed: Formats()}
}
