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
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/wirectl/wirectl/cmd/wirectl/internal/ui"
)

// commands is the one list of commands, in the order of the help text.
func commands(e *env) []*cli.Command {
	return []*cli.Command{
		encodeCommand(e),
		fmtCommand(e),
		decodeCommand(e),
		dumpCommand(e),
		reactCommand(e),
		replCommand(e),
		serveCommand(e),
		connectCommand(e),
		tapCommand(e),
		diffCommand(e),
		statsCommand(e),
		lintCommand(e),
		diagramCommand(e),
		recordCommand(e),
		replayCommand(e),
		checkCommand(e),
		reportCommand(e),
		explainCommand(e),
		fieldsCommand(e),
		templateCommand(e),
		protocolsCommand(e),
		specCommand(e),
		completionCommand(e),
		docsCommand(e),
		versionCommand(e),
		helpCommand(e),
		completeCommand(e),
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
	if cause := context.Cause(ctx); cause != nil && (err == nil || ui.Code(err) == ui.ExitInternal) {
		err = cause
	}
	ui.Report(e.Stderr, err)
	_ = e.Stderr.Flush() // there is nobody left to tell
	return ui.Code(err)
}

// run finds the command, puts its flags before its arguments, which is all
// that package cli understands, and runs it.
func (e *env) run(ctx context.Context, args []string) error {
	app := newApp(e)
	if c := ownCommand(app.Commands, args); c != nil {
		app.Commands = []*cli.Command{c}
	}
	for _, c := range app.Commands {
		finish(e, c)
	}
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
	return app.RunContext(ctx, append([]string{app.Name}, line.args...))
}

// newApp returns the application with package cli's own ways switched off
// where ours differ: help, versions, exits and lists cut at commas. Its
// commands are not finished yet.
func newApp(e *env) *cli.App {
	app := &cli.App{
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
		Commands:                  commands(e),
	}
	return app
}

// newWholeApp is newApp with all commands ready to be described or run.
func newWholeApp(e *env) *cli.App {
	app := newApp(e)
	for _, c := range app.Commands {
		finish(e, c)
	}
	return app
}

// ownCommand returns the command that args name when it has no use for the
// others. Scripts run commands by the thousand, and making all of them ready
// takes longer than to encode a frame.
func ownCommand(cmds []*cli.Command, args []string) *cli.Command {
	if len(args) == 0 {
		return nil
	}
	switch c := findCommand(cmds, args[0]); {
	case c == nil, c.Name == "help", c.Name == "docs", c.Hidden:
		return nil
	default:
		return c
	}
}

// withSignals returns a context that SIGINT and SIGTERM end. The first signal
// asks for an orderly end, the second ends the process at once. A reader of
// our output that goes away is seen as an error of the write.
func withSignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	// Taken and dropped, not ignored: programs that we start would inherit
	// that, and never learn that their reader has gone.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	got := make(chan os.Signal, 2)
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
	return ctx, func() {
		signal.Stop(got)
		cancel(nil)
	}
}
