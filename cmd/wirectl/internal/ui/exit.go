// Package ui is how wirectl speaks to people and to scripts: exit statuses,
// errors with the place they are about, colour, terminals and progress.
//
// The rules: data goes to standard output, all else to standard error.
// Messages are lower case, without full stop, the place first, values quoted.
// Colour is decided for each stream by itself and is never the only carrier of
// a meaning.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe"
)

// The exit statuses. They are part of the interface; docs/exit-codes.md
// describes them.
const (
	ExitOK        = 0
	ExitFinding   = 1  // an assertion, a comparison or a golden file failed
	ExitUsage     = 2  // the command line or a text in the notation is wrong
	ExitIO        = 3  // a file, a connection or the machine failed
	ExitDamage    = 4  // the input is damaged or cannot be decoded
	ExitTimeout   = 5  // something took too long
	ExitThreshold = 6  // a measured value missed its threshold
	ExitInternal  = 70 // wirectl itself is wrong
	ExitSignal    = 128
)

// An Error is an error that says with which status the process ends.
// An Error without Err ends it silently: what there was to say has been said.
type Error struct {
	Code int
	Err  error
}

// Error returns the text of what Err says.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// With gives err a status; nil stays nil.
func With(code int, err error) error {
	if err == nil {
		return nil
	}
	return &Error{code, err}
}

// Silent ends the process with a status and without a word.
func Silent(code int) error { return &Error{Code: code} }

// Findingf is for what a check found.
func Findingf(format string, args ...any) error { return errorf(ExitFinding, format, args) }

// Usagef is for faults of the command line and of texts.
func Usagef(format string, args ...any) error { return errorf(ExitUsage, format, args) }

// IOf is for files and connections.
func IOf(format string, args ...any) error { return errorf(ExitIO, format, args) }

// Damagef is for input that cannot be decoded.
func Damagef(format string, args ...any) error { return errorf(ExitDamage, format, args) }

// Timeoutf is for what took too long.
func Timeoutf(format string, args ...any) error { return errorf(ExitTimeout, format, args) }

// Thresholdf is for measured values that are not good enough.
func Thresholdf(format string, args ...any) error { return errorf(ExitThreshold, format, args) }

// Internalf is for what must not happen.
func Internalf(format string, args ...any) error { return errorf(ExitInternal, format, args) }

func errorf(code int, format string, args []any) error {
	return &Error{code, fmt.Errorf(format, args...)}
}

// A Signal is the cause of a context that a signal ended.
type Signal struct{ Sig syscall.Signal }

// Error names the signal.
func (s Signal) Error() string { return "ended by " + s.Sig.String() }

// Code returns the exit status that err stands for. Of several errors joined
// together it is the highest, so that a batch ends with the worst it met.
//
//nolint:errorlint // it walks the tree of causes itself, the nearest status first
func Code(err error) int {
	if err == nil {
		return ExitOK
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		worst := ExitOK
		for _, e := range joined.Unwrap() {
			worst = max(worst, Code(e))
		}
		return worst
	}
	switch e := err.(type) {
	case *Error:
		return e.Code
	case Signal:
		return ExitSignal + int(e.Sig)
	case *codec.UnknownNameError, *codec.TextError, *humanframe.Error:
		return ExitUsage
	case *codec.SyntaxError:
		return ExitDamage
	case syscall.Errno:
		if e == syscall.EPIPE {
			return ExitSignal + int(syscall.SIGPIPE)
		}
		return ExitIO
	}
	switch err {
	case context.DeadlineExceeded, os.ErrDeadlineExceeded:
		return ExitTimeout
	case context.Canceled:
		return ExitSignal + int(syscall.SIGINT)
	}
	if inner := errors.Unwrap(err); inner != nil {
		if code := Code(inner); code != ExitInternal {
			return code
		}
	}
	return codeOfSystem(err)
}

// codeOfSystem judges errors of the standard library that say nothing more
// specific inside.
func codeOfSystem(err error) int {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return ExitTimeout
	}
	_, isPath := errors.AsType[*fs.PathError](err)
	_, isNet := errors.AsType[net.Error](err)
	if isPath || isNet || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed) {
		return ExitIO
	}
	return ExitInternal
}

// Quiet says whether err needs no message: a signal ended the process, the
// reader of its output has gone, or the error is silent.
func Quiet(err error) bool {
	if e, ok := err.(*Error); ok && e.Err == nil {
		return true
	}
	return Code(err) > ExitSignal
}

// meanings tells people what the statuses mean, in order.
var meanings = []struct {
	Code  int
	Label string
	Text  string
}{
	{ExitOK, "0", "all is well"},
	{ExitFinding, "1", "a finding: an assertion, a comparison or a golden file failed"},
	{ExitUsage, "2", "the command line or a text in the notation is wrong"},
	{ExitIO, "3", "a file or a connection failed"},
	{ExitDamage, "4", "the input is damaged or cannot be decoded"},
	{ExitTimeout, "5", "something took too long"},
	{ExitThreshold, "6", "a measured value missed its threshold"},
	{ExitInternal, "70", "a fault of wirectl itself"},
	{ExitSignal, "130, 141, 143", "ended by SIGINT, by a reader of the output that went away, by SIGTERM"},
}

// Meaning returns the label of a status and what it means.
func Meaning(code int) (label, text string) {
	for _, m := range meanings {
		if m.Code == code {
			return m.Label, m.Text
		}
	}
	return fmt.Sprint(code), "unknown"
}

// Statuses returns the statuses that have a meaning, in order.
func Statuses() []int {
	var all []int
	for _, m := range meanings {
		all = append(all, m.Code)
	}
	return all
}
