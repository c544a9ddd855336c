package diff

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
)

// A Kind is a kind of value of which any one is as good as any other.
type Kind struct {
	Name string
	What string // for people
	find *lazyre.Regexp
	hex  func(digits []byte) bool // whether a byte string is one
	num  func(f float64) bool     // whether a number is one
}

// Kinds are those that [Options.IgnoreKinds] can name.
func Kinds() []Kind { return slices.Clone(kinds) }

var kinds = []Kind{
	{
		Name: "uuid", What: "UUIDs, also within texts",
		find: lazyre.New(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`),
	},
	{
		Name: "time", What: "dates with a time of day in texts; numbers that are seconds or milliseconds since 1970 from 2001 to 2100; transaction IDs of ZODB",
		find: lazyre.New(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?Z|[+-]\d\d:?\d\d)?|\b(1\d{9}|[23]\d{9}|1\d{12}|[23]\d{12})(\.\d+)?\b`),
		hex:  isTID,
		num: func(f float64) bool {
			return f >= 1e9 && f < 4.2e9 || f >= 1e12 && f < 4.2e12
		},
	},
	{
		Name: "hash", What: "digests as hexadecimal texts of 32, 40, 64 or 128 digits",
		find: lazyre.New(`\b([0-9a-fA-F]{128}|[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})\b`),
		hex:  func(digits []byte) bool { return slices.Contains([]int{32, 40, 64, 128}, len(digits)) },
	},
	{
		Name: "address", What: "IP addresses with a port",
		find: lazyre.New(`\b\d{1,3}(\.\d{1,3}){3}:\d{1,5}\b|\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]:\d{1,5}`),
	},
	{
		Name: "lname", What: "the names that a message queue of BIND 10 gives its clients",
		find: lazyre.New(`\b[0-9a-f]{6,16}_[0-9a-f]+@[A-Za-z0-9._-]+`),
	},
	{
		Name: "number", What: "numbers",
		num: func(float64) bool { return true },
	},
}

// isTID says whether 8 bytes are a time as ZODB packs it: minutes since 1900,
// counted by months of 31 days, and parts of a minute.
func isTID(digits []byte) bool {
	if len(digits) != 16 {
		return false
	}
	n, err := strconv.ParseUint(string(digits[:8]), 16, 64)
	const year = 12 * 31 * 24 * 60
	return err == nil && n >= 80*year && n < 200*year
}

// lookupKinds returns the kinds of these names. The error is a
// [*codec.UnknownNameError].
func lookupKinds(names []string) ([]Kind, error) {
	var list []Kind
	for _, name := range names {
		i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
		if i < 0 {
			var all []string
			for _, k := range kinds {
				all = append(all, k.Name)
			}
			return nil, &codec.UnknownNameError{What: "kind of value", Name: name, Allowed: all}
		}
		list = append(list, kinds[i])
	}
	return list, nil
}

// plain returns the JSON of a leaf with what is of these kinds replaced by the
// kind's name. It says whether it replaced something.
func plain(list []Kind, raw []byte) ([]byte, bool) {
	changed := false
	for i := range list {
		k := &list[i]
		tag := append(append([]byte("«"), k.Name...), "»"...)
		switch {
		case len(raw) == 0:
		case raw[0] == '{' && k.hex != nil && k.hex(digits(raw)):
			return tag, true
		case raw[0] == '"' || raw[0] == '{':
			if k.find != nil && k.find.Get().Match(raw) {
				raw, changed = k.find.Get().ReplaceAll(raw, tag), true
			}
		case k.num != nil:
			if f, err := strconv.ParseFloat(string(raw), 64); err == nil && k.num(f) {
				return tag, true
			}
		}
	}
	return raw, changed
}

// digits returns those of a byte string that stands as hexadecimal: {"hex":…},
// {"$b":…} or {"$s":…}.
func digits(raw []byte) []byte {
	for _, name := range []string{`{"hex":"`, `{"$b":"`, `{"$s":"`} {
		if rest, ok := bytes.CutPrefix(raw, []byte(name)); ok {
			return bytes.TrimSuffix(rest, []byte(`"}`))
		}
	}
	return nil
}
