package textin

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/wirectl/wirectl/internal/lazyre"
	"github.com/wirectl/wirectl/pkg/codec"
)

// Strace reads system calls that move bytes, as strace prints them, best with
// -xx -s 65535 and -e trace=network,read,write: read, write, readv, writev,
// send, sendto, sendmsg, recv, recvfrom, recvmsg, pread64 and pwrite64. Each
// descriptor of a process is a conversation; what is written goes to the
// server, unless the descriptor came from accept.
//
// When the trace shows sockets being made, only those count. A string that
// strace cut short leaves a gap of the right size.
type Strace struct {
	fds     map[fdKey]*fd
	started map[string]string // calls that are not finished, by process
	sockets bool              // a socket was made in the trace
	count   int
	days    int
	last    time.Time
	kept    []Chunk // of descriptors of unknown origin, until the end
	size    int     // bytes in kept
	buf     []byte
}

// maxKept is how many bytes of descriptors of unknown origin are kept back.
const maxKept = 16 << 20

type fdKey struct{ pid, fd string }

// An fd is what is known of a descriptor.
type fd struct {
	flow   string
	socket bool
	served bool // it came from accept
	peer   string
}

var (
	stracePID     = lazyre.New(`^(?:\[pid +(\d+)\] |(\d+) +)`)
	straceCall    = lazyre.New(`^([a-z][a-z0-9_]*)\((.*)$`)
	straceFD      = lazyre.New(`^(\d+)(?:<[^>]*>)?`)
	straceResult  = lazyre.New(`\)\s+= (-?\d+)`)
	straceResumed = lazyre.New(`^<\.\.\. ([a-z0-9_]+) resumed>(.*)$`)
	stracePort    = lazyre.New(`sin6?_port=htons\((\d+)\)`)
	straceAddr    = lazyre.New(`inet_(?:addr\(|pton\(AF_INET6, )("(?:[^"\\]|\\.)*")`)
)

// straceDir says whether a call moves bytes, and whether it sends them.
func straceDir(call string) (sends, moves bool) {
	switch call {
	case "write", "writev", "pwrite64", "send", "sendto", "sendmsg":
		return true, true
	case "read", "readv", "pread64", "recv", "recvfrom", "recvmsg":
		return false, true
	}
	return false, false
}

// Parse implements [Parser].
func (p *Strace) Parse(dst []Chunk, line []byte) ([]Chunk, error) {
	if p.fds == nil {
		p.fds, p.started = make(map[fdKey]*fd), make(map[string]string)
	}
	text := string(line)
	pid := ""
	if m := stracePID.Get().FindStringSubmatch(text); m != nil {
		pid = m[1] + m[2]
		text = text[len(m[0]):]
	}
	at, text := p.time(text)
	if rest, ok := bytes.CutSuffix([]byte(text), []byte(" <unfinished ...>")); ok {
		if len(p.started) < 1<<16 {
			p.started[pid] = string(rest)
		}
		return dst, nil
	}
	if m := straceResumed.Get().FindStringSubmatch(text); m != nil {
		text = p.started[pid] + m[2]
		delete(p.started, pid)
	}
	m := straceCall.Get().FindStringSubmatch(text)
	if m == nil {
		return dst, nil // a signal, an exit, a remark
	}
	results := straceResult.Get().FindAllStringSubmatch(m[2], -1)
	if results == nil {
		return dst, nil
	}
	n, err := strconv.ParseInt(results[len(results)-1][1], 10, 64)
	if err != nil || n < 0 {
		return dst, nil // it failed: no bytes
	}
	return p.call(dst, call{pid: pid, name: m[1], args: m[2], result: n, time: at})
}

// time takes the time off a line, if it has one.
func (p *Strace) time(text string) (time.Time, string) {
	for i := range len(text) {
		if c := text[i]; c == ' ' {
			t, ok := ParseTime(text[:i])
			if !ok {
				break
			}
			if t.Year() == 1970 && t.YearDay() == 1 {
				if t = t.AddDate(0, 0, p.days); t.Before(p.last.Add(-12 * time.Hour)) {
					p.days++
					t = t.AddDate(0, 0, 1)
				}
			}
			p.last = t
			return t, text[i+1:]
		} else if (c < '0' || c > '9') && c != ':' && c != '.' {
			break
		}
	}
	return time.Time{}, text
}

// A call is a finished system call.
type call struct {
	pid, name, args string
	result          int64
	time            time.Time
}

func (p *Strace) call(dst []Chunk, c call) ([]Chunk, error) {
	key := fdKey{pid: c.pid}
	if m := straceFD.Get().FindStringSubmatch(c.args); m != nil {
		key.fd = m[1]
	}
	switch c.name {
	case "socket", "open", "openat", "pipe", "pipe2", "eventfd2":
		key.fd = strconv.FormatInt(c.result, 10)
		f := p.open(key)
		f.socket = c.name == "socket"
		p.sockets = p.sockets || f.socket
		return dst, nil
	case "accept", "accept4":
		key.fd = strconv.FormatInt(c.result, 10)
		f := p.open(key)
		f.socket, f.served, f.peer = true, true, peer(c.args)
		p.sockets = true
		return dst, nil
	case "connect":
		f := p.of(key)
		f.socket, f.peer = true, peer(c.args)
		p.sockets = true
		return dst, nil
	case "close":
		delete(p.fds, key)
		return dst, nil
	}
	sends, moves := straceDir(c.name)
	if !moves || c.result == 0 {
		return dst, nil
	}
	var complete bool
	p.buf, complete = dataStrings(p.buf[:0], []byte(c.args))
	data := p.buf[:min(int64(len(p.buf)), c.result)]
	gap := c.result - int64(len(data))
	if gap > 0 && complete {
		return dst, errorf(0, "%s moved %d bytes, its strings have %d", c.name, c.result, len(data))
	}
	f := p.of(key)
	k := Chunk{Flow: f.flow, Dir: codec.ToServer, Time: c.time, Data: data}
	if sends == f.served {
		k.Dir = codec.ToClient
	}
	k.Client, k.Server = "process", "descriptor "+key.fd
	if c.pid != "" {
		k.Client += " " + c.pid
	}
	if f.peer != "" {
		k.Server = f.peer
	}
	if f.served {
		k.Client, k.Server = k.Server, k.Client
	}
	if !f.socket {
		return p.keep(dst, k, gap), nil
	}
	return addCut(append(dst, k), k, gap), nil
}

// addCut appends the gap that a string cut short leaves.
func addCut(dst []Chunk, k Chunk, gap int64) []Chunk {
	if gap > 0 {
		k.Data, k.Gap, k.Why = nil, gap, "strace cut the string (-s)"
		dst = append(dst, k)
	}
	return dst
}

// keep keeps back the bytes of a descriptor that may be a file: they count
// only if the trace shows no sockets.
func (p *Strace) keep(dst []Chunk, k Chunk, gap int64) []Chunk {
	if p.sockets || p.size+len(k.Data) > maxKept {
		return dst
	}
	k.Data = slices.Clone(k.Data)
	p.size += len(k.Data)
	p.kept = addCut(append(p.kept, k), k, gap)
	return dst
}

// open makes a descriptor known that has just come to be.
func (p *Strace) open(key fdKey) *fd {
	if len(p.fds) >= 1<<16 {
		clear(p.fds)
	}
	p.count++
	f := &fd{flow: fmt.Sprintf("%s/%s#%d", key.pid, key.fd, p.count)}
	p.fds[key] = f
	return f
}

// of returns what is known of a descriptor; one of another thread of the
// process if there is none of its own.
func (p *Strace) of(key fdKey) *fd {
	if f := p.fds[key]; f != nil {
		return f
	}
	var found *fd
	for k, f := range p.fds {
		if k.fd == key.fd && f.socket {
			if found != nil {
				return p.open(key)
			}
			found = f
		}
	}
	if found != nil {
		return found
	}
	return p.open(key)
}

// dataStrings appends the strings among a call's arguments that are data: the
// first one, or those behind iov_base. It reports whether all are complete.
func dataStrings(dst, args []byte) ([]byte, bool) {
	vectors := bytes.Contains(args, []byte("iov_base="))
	complete := true
	for i := 0; i < len(args); i++ {
		if args[i] != '"' {
			continue
		}
		wanted := !vectors || bytes.HasSuffix(args[:i], []byte("iov_base="))
		from := len(dst)
		var n int
		if dst, n = unescape(dst, args[i:], cString); n < 0 {
			return dst, false
		}
		if i += n - 1; !wanted {
			dst = dst[:from]
			continue
		}
		if bytes.HasPrefix(args[i+1:], []byte("...")) {
			complete = false
		}
		if !vectors {
			break
		}
	}
	return dst, complete
}

// peer returns the address in the arguments of connect and accept.
func peer(args string) string {
	port := stracePort.Get().FindStringSubmatch(args)
	addr := straceAddr.Get().FindStringSubmatch(args)
	if port == nil || addr == nil {
		return ""
	}
	host, _ := unescape(nil, []byte(addr[1]), cString)
	return fmt.Sprintf("%s:%s", host, port[1])
}

// End implements [Parser].
func (p *Strace) End(dst []Chunk) ([]Chunk, error) {
	if !p.sockets {
		dst = append(dst, p.kept...)
	}
	p.kept = nil
	return dst, nil
}
