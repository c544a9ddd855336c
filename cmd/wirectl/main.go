// Command wirectl is a workbench for framed wire protocols: it builds frames
// from text, reads captures, dumps, replays and plays either side.
// Run "wirectl help" for the list of commands.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// A maker makes one command. Scripts run commands by the thousand, and making
// all of them takes longer than to encode a frame.
type maker struct {
	name   string
	make   func(*env) *cli.Command
	others bool // it has a use for the other commands
	brief  bool // it tells what it knows and ends: signals are not waited for
}

// makers is the one list of commands, in the order of the help text.
func makers() []maker {
	return []maker{
		{name: "encode", make: encodeCommand, brief: true},
		{name: "fmt", make: fmtCommand},
		{name: "decode", make: decodeCommand},
		{name: "dump", make: dumpCommand},
		{name: "react", make: reactCommand},
		{name: "repl", make: replCommand},
		{name: "serve", make: serveCommand},
		{name: "connect", make: connectCommand},
		{name: "tap", make: tapCommand},
		{name: "diff", make: diffCommand},
		{name: "stats", make: statsCommand},
		{name: "lint", make: lintCommand},
		{name: "diagram", make: diagramCommand},
		{name: "record", make: recordCommand},
		{name: "replay", make: replayCommand},
		{name: "check", make: checkCommand},
		{name: "report", make: reportCommand},
		{name: "explain", make: explainCommand, brief: true},
		{name: "fields", make: fieldsCommand, brief: true},
		{name: "template", make: templateCommand, brief: true},
		{name: "protocols", make: protocolsCommand, brief: true},
		{name: "spec", make: specCommand, brief: true},
		{name: "completion", make: completionCommand, brief: true},
		{name: "docs", make: docsCommand, others: true, brief: true},
		{name: "version", make: versionCommand, brief: true},
		{name: "help", make: helpCommand, others: true, brief: true},
		{name: "__complete", make: completeCommand, others: true, brief: true},
	}
}

func main() {
	ctx, stop := withSignals(context.Background())
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: it neither exits nor touches os.Std*. It
// returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	e := newEnv(ctx, stdin, stdout, stderr)
	defer func() {
		if r := recover(); r != nil {
			ui.Report(e.Stderr, ui.Internalf("%v", r))
			_, _ = e.Stderr.Write(debug.Stack())
			_ = e.Stderr.Flush()
			code = ui.ExitInternal
		}
	}()
	err := e.run(ctx, args[1:])
	e.Stderr.Status("")
	if ferr := e.Stdout.Flush(); err == nil {
		err = ferr
	}
	if cause := ended(ctx); cause != nil && (err == nil || ui.Code(err) == ui.ExitInternal) {
		err = cause
	}
	ui.Report(e.Stderr, err)
	_ = e.Stderr.Flush() // there is nobody left to tell
	return ui.Code(err)
}

// run finds the command, puts its flags before its arguments, which is all
// that package cli understands, and runs it.
func (e *env) run(ctx context.Context, args []string) error {
	app := newApp(e, args)
	line, err := parseLine(app.Commands, args)
	if err != nil {
		return err
	}
	switch {
	case line.version:
		return printVersion(e)
	case line.command == nil && line.help:
		return printHelp(e.Stdout, app)
	case line.command == nil:
		if err := printHelp(e.Stderr, app); err != nil {
			return err
		}
		return ui.Silent(ui.ExitUsage)
	case line.help:
		return printCommandHelp(e.Stdout, line.command)
	}
	if !slices.ContainsFunc(makers(), func(m maker) bool { return m.name == line.command.Name && m.brief }) {
		ctx.Done() // from here on signals are waited for
	}
	return app.RunContext(ctx, append([]string{app.Name}, line.args...))
}

// newApp returns the application with the commands that a command line needs,
// and with package cli's own ways switched off where ours differ: help,
// versions, exits and lists cut at commas.
func newApp(e *env, args []string) *cli.App {
	return &cli.App{
		Name:                      "wirectl",
		Usage:                     "a workbench for framed wire protocols",
		Reader:                    e.Stdin,
		Writer:                    e.Stdout,
		ErrWriter:                 e.Stderr,
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true, // a comma is data in a frame's text
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		Commands:                  commands(e, args),
	}
}

// commands makes the command that args name, or else all; --version needs none.
func commands(e *env, args []string) []*cli.Command {
	list := makers()
	if len(args) > 0 {
		i := slices.IndexFunc(list, func(m maker) bool { return m.name == args[0] && !m.others })
		switch {
		case i >= 0:
			list = list[i : i+1]
		case args[0] == "--version":
			list = nil
		}
	}
	var made []*cli.Command
	for _, m := range list {
		c := m.make(e)
		finish(e, c)
		made = append(made, c)
	}
	return made
}

// withSignals returns a context that SIGINT and SIGTERM end. The first signal
// asks for an orderly end, the second ends the process at once. A reader of
// our output that goes away is seen as an error of the write.
//
// Signals are caught from when somebody asks whether the context has ended:
// before that there is nothing that would have to be put in order, and for
// package signal the runtime starts threads, which is a tenth of the time of a
// command that only prints.
func withSignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	got := make(chan os.Signal, 2)
	catch := func() {
		// Taken and dropped, not ignored: programs that we start would inherit
		// that, and never learn that their reader has gone.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
		signal.Notify(got, syscall.SIGINT, syscall.SIGTERM)
		go func() {
			for s := range got {
				sig := ui.Signal{Sig: s.(syscall.Signal)}
				if ctx.Err() != nil {
					os.Exit(ui.Code(sig))
				}
				cancel(sig)
			}
		}()
	}
	return &signalContext{Context: ctx, catch: sync.OnceFunc(catch)}, func() {
		signal.Stop(got)
		cancel(nil)
	}
}

// A signalContext catches signals from when it is first asked.
type signalContext struct {
	context.Context
	catch func()
}

// Done implements [context.Context].
func (c *signalContext) Done() <-chan struct{} {
	c.catch()
	return c.Context.Done()
}

// Err implements [context.Context].
func (c *signalContext) Err() error {
	c.catch()
	return c.Context.Err()
}

// ended is [context.Cause] without catching signals.
func ended(ctx context.Context) error {
	if c, ok := ctx.(*signalContext); ok {
		ctx = c.Context
	}
	return context.Cause(ctx)
}
