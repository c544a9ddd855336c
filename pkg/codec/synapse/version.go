package synapse

import (
	"math/bits"
	"strings"

	"github.com/wirectl/wirectl/pkg/codec"
)

// A set is a set of dialects, one bit each, oldest in the lowest bit.
type set uint16

// The dialects as sets of one.
const (
	seed set = 1 << iota
	v021
	v022
	v100
	v112
	v113
	v118
	v122
	v166
	v198

	every = v198<<1 - 1
	none  = set(0)
)

// dialectCount is the number of dialects.
const dialectCount = 10

// until is the set of the dialects up to the one of last.
func until(last set) set { return last<<1 - 1 }

// since is the set of the dialects from the one of first on.
func since(first set) set { return every &^ (first - 1) }

// A release is what one dialect is: the layouts of its commands are in the
// tables of commands and streams, the rest stands here.
type release struct {
	name     string
	from, to string // the first and the last release that it is for
	aliases  []string
	title    string
}

// releases are the dialects, oldest first, each at the index of its bit. A
// dialect is named after one release of its range, where there is one the
// release that recordings were made of.
var releases = [dialectCount]release{
	{"seed", "seed", "seed", nil, "the first commit, March 2017: USER_SYNC without a time"},
	{"v0.21", "v0.21", "v0.21", []string{"v0.21.0", "0.21"}, "v0.21: the first release, USER_SYNC with a time"},
	{"v0.22", "v0.22", "v0.22", []string{"v0.22.0", "v0.22.1", "0.22"}, "v0.22: USER_IP in words"},
	{"v1.0", "v0.23", "v1.8", []string{"v1.0.0", "v0.99.4", "1.0"}, "v0.23 to v1.8: USER_IP in JSON"},
	{"v1.12", "v1.9", "v1.12", []string{"v1.12.4", "v1.9.0", "1.12"}, "v1.9 to v1.12: REMOTE_SERVER_UP"},
	{"v1.13", "v1.13", "v1.17", []string{"v1.13.0", "1.13"}, "v1.13 to v1.17: instance names, REPLICATE for all streams"},
	{"v1.18", "v1.18", "v1.21", []string{"v1.18.0", "v1.21.2", "1.18"}, "v1.18 to v1.21: FEDERATION_ACK with an instance"},
	{"v1.22", "v1.22", "v1.28", []string{"v1.22.0", "v1.28.0", "1.22"}, "v1.22 to v1.28: POSITION with two tokens"},
	{"v1.66", "v1.29", "v1.91", []string{"v1.66.0", "v1.29.0", "1.66"}, "v1.29 to v1.91, up to v1.66 with TCP: REMOVE_PUSHER is gone"},
	{"v1.98", "v1.92", "", []string{"v1.98.0", "v1.92.0", "1.98"}, "v1.92 on, over Redis only: USER_SYNC with a device, locks, tasks"},
}

// preference orders dialects that nothing seen tells apart.
var preference = [dialectCount]int{8, 7, 6, 5, 4, 3, 1, 2, 0, 9}

// index returns the index of the only, or the oldest, dialect in s; 0 for none.
func (s set) index() int { return bits.TrailingZeros16(uint16(s)) % 16 }

// String names the versions in s: a dialect alone by its name, several as
// ranges of releases.
func (s set) String() string {
	switch s {
	case every:
		return "all versions"
	case s & -s:
		return releases[s.index()].name
	}
	var b strings.Builder
	for i := 0; i < dialectCount; i++ {
		if s&(1<<i) == 0 {
			continue
		}
		first := i
		for i+1 < dialectCount && s&(1<<(i+1)) != 0 {
			i++
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(releases[first].from)
		switch to := releases[i].to; to {
		case "":
			b.WriteString(" on")
		case releases[first].from:
		default:
			b.WriteString(" to " + to)
		}
	}
	return b.String()
}

// dialects are the entries of [codec.Info]: first the last one that has TCP,
// then the others, newest first.
func dialects() []codec.Dialect {
	entry := func(s set) codec.Dialect {
		r := &releases[s.index()]
		return codec.Dialect{Name: r.name, Aliases: r.aliases, Title: r.title}
	}
	list := []codec.Dialect{entry(v166)}
	for s := v198; s != none; s >>= 1 {
		if s != v166 {
			list = append(list, entry(s))
		}
	}
	return list
}

// lookup returns the dialect of a name or alias, none for "".
func lookup(name string) (set, error) {
	if name == "" {
		return none, nil
	}
	for i := range releases {
		if releases[i].name == name {
			return 1 << i, nil
		}
	}
	d, err := info().Dialect(name)
	if err != nil {
		return none, err
	}
	for i, r := range releases {
		if r.name == d.Name {
			return 1 << i, nil
		}
	}
	return none, &codec.UnknownNameError{What: "synapse dialect", Name: name}
}
