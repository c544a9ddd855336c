package hg

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/codec/hg"
	"github.com/wirectl/wirectl/pkg/reactor"
)

// A request is a command that is being received.
type request struct {
	command  string
	haveArgs bool
	haveData bool
	argsDone bool // eoa was seen
	args     []reactor.Arg
	partial  bool // the value of the last argument goes on
	missing  int  // octets of it
	data     []byte
}

func (r *request) clone() *request {
	c := *r
	c.args = slices.Clone(r.args)
	for i := range c.args {
		c.args[i].Value = slices.Clone(c.args[i].Value)
	}
	c.data = slices.Clone(r.data)
	return &c
}

// commandName begins a request.
func (s *SeedServer) commandName(f *hg.Frame) reactor.Action {
	const have = hg.CommandNameHaveArgs | hg.CommandNameHaveData
	id := f.RequestID
	switch {
	case s.receiving[id] != nil:
		return s.fail("request with ID %d already received", id)
	case s.active[id]:
		return s.fail("request with ID %d is already active", id)
	case f.Flags&hg.CommandNameEOS != 0 && f.Flags&have != 0 && !s.o.Compat:
		return s.fail("command frame with both end of stream flag and flags that announce more")
	case len(s.receiving)+len(s.active) >= s.o.Requests():
		return s.fail("too many open requests: %d", s.o.Requests())
	case f.Flags&hg.CommandNameEOS != 0:
		return s.run(id, &request{command: string(f.Payload)})
	}
	r := &request{
		command:  string(f.Payload),
		haveArgs: f.Flags&hg.CommandNameHaveArgs != 0,
		haveData: f.Flags&hg.CommandNameHaveData != 0,
	}
	s.receiving[id] = r
	if f.Flags&have == 0 {
		if !s.o.Compat {
			delete(s.receiving, id)
		}
		return s.fail("missing frame flags on command frame")
	}
	if a := s.hold(len(f.Payload)); a != nil {
		return a
	}
	s.state = stateReceiving
	return reactor.Want{}
}

// commandArgument takes an argument, or more of the value of one.
func (s *SeedServer) commandArgument(f *hg.Frame, r *request) reactor.Action {
	switch {
	case !r.haveArgs:
		return s.fail("received command argument frame for request that is not expecting arguments: %d", f.RequestID)
	case r.argsDone && !s.o.Compat:
		return s.fail("received command argument frame after the last argument: %d", f.RequestID)
	}
	if a := s.hold(len(f.Payload)); a != nil {
		return a
	}
	more := f.Flags&hg.CommandArgumentContinue != 0
	value := f.Payload
	if !r.partial {
		if len(f.Payload) < 4 {
			return s.fail("malformed argument frame: partial argument header")
		}
		arg, err := hg.ParseArgument(f.Payload)
		switch {
		case err != nil && arg.Name == nil && !wholeName(f.Payload):
			return s.fail("malformed argument frame: partial argument name")
		case err != nil:
			return s.fail("malformed argument frame: partial argument value")
		}
		r.args = append(r.args, reactor.Arg{Name: string(arg.Name)})
		r.missing, value = arg.Length, arg.Value
	}
	r.missing -= len(value)
	if r.missing < 0 || r.missing > 0 && !more {
		return s.fail("malformed argument frame: partial argument value")
	}
	last := &r.args[len(r.args)-1]
	last.Value = append(last.Value, value...)
	if r.partial = more; more {
		return reactor.Want{}
	}
	r.args = lastWins(r.args)
	if f.Flags&hg.CommandArgumentEOA == 0 {
		return reactor.Want{}
	}
	r.argsDone = true
	if r.haveData {
		return reactor.Want{}
	}
	return s.run(f.RequestID, r)
}

// wholeName says whether the name that an argument's header announces is
// there.
func wholeName(p []byte) bool { return len(p)-4 >= int(p[0])|int(p[1])<<8 }

// lastWins drops an earlier argument of the same name as the last.
func lastWins(args []reactor.Arg) []reactor.Arg {
	last := args[len(args)-1]
	for i := range args[:len(args)-1] {
		if args[i].Name == last.Name {
			args[i] = last
			return args[:len(args)-1]
		}
	}
	return args
}

// commandData takes data of a request.
func (s *SeedServer) commandData(f *hg.Frame, r *request) reactor.Action {
	switch {
	case !r.haveData:
		return s.fail("received command data frame for request that is not expecting data: %d", f.RequestID)
	case r.haveArgs && !r.argsDone && !s.o.Compat:
		return s.fail("received command data frame before the last argument: %d", f.RequestID)
	}
	if a := s.hold(len(f.Payload)); a != nil {
		return a
	}
	if r.data == nil {
		r.data = []byte{}
	}
	r.data = append(r.data, f.Payload...)
	switch {
	case f.Flags&hg.DataContinuation != 0:
		return reactor.Want{}
	case f.Flags&hg.DataEOS != 0:
		return s.run(f.RequestID, r)
	}
	return s.fail("command data frame without flags")
}

// run hands a request that is complete to our own side.
func (s *SeedServer) run(id uint16, r *request) reactor.Action {
	delete(s.receiving, id)
	s.active[id] = true
	s.state = stateIdle
	if len(s.receiving) > 0 {
		s.state = stateReceiving
	} else {
		s.buffered = 0
	}
	return reactor.Run{Request: uint64(id), Command: r.command, Args: r.args, Data: r.data}
}
