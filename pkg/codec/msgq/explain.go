package msgq

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ExplainValue implements [codec.ValueExplainer]: it takes lnames and rcodes
// apart.
func (Protocol) ExplainValue(_, value string) (text string, ok bool) {
	if at, n, host, ok := parseLname(value); ok {
		return fmt.Sprintf("an lname: client %d since the daemon on %q began, connected at %s", n, host, at.Format(time.RFC3339)), true
	}
	rcode, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return "", false
	case rcode == NoRecipient:
		return `as an rcode: no such recipient; the daemon's own answer when want_answer is true`, true
	case rcode < 0:
		return "as an rcode: an error of the daemon; only -1 was ever used", true
	case rcode == Success:
		return "as an rcode: success; a value may follow", true
	}
	return "as an rcode: an error; a text follows", true
}

// parseLname takes an lname apart: hex seconds since 1970, "_", hex counter
// from 1 on, "@", host name.
func parseLname(s string) (at time.Time, n uint64, host string, ok bool) {
	id, host, hasHost := strings.Cut(s, "@")
	seconds, counter, hasCounter := strings.Cut(id, "_")
	sec, err := strconv.ParseUint(seconds, 16, 40)
	n, err2 := strconv.ParseUint(counter, 16, 64)
	if !hasHost || !hasCounter || err != nil || err2 != nil || host == "" {
		return time.Time{}, 0, "", false
	}
	return time.Unix(int64(sec), 0).UTC(), n, host, true
}
