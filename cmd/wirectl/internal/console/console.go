// Package console edits lines on a terminal. Its small interface stands
// between wirectl and the library that does the work, so that another one can
// take its place.
package console

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/chzyer/readline"
	"golang.org/x/term"
)

// ErrInterrupt is what ReadLine returns when the line was cancelled by Ctrl-C.
var ErrInterrupt = errors.New("the line was cancelled")

// An Editor reads lines from a terminal. ReadLine is for one goroutine, the
// other methods are for any.
type Editor interface {
	// ReadLine shows the prompt and returns what is typed, without its line
	// break. At the end of the input, or Ctrl-D in an empty line, it returns
	// io.EOF, and after Close too.
	ReadLine() (string, error)

	// SetPrompt sets the prompt; styles in it take no room.
	SetPrompt(string)

	// Writer writes above the line that is being edited, which is drawn
	// again below.
	Writer() io.Writer

	// Remember adds a line to those that the arrow keys bring back.
	Remember(line string)

	// Close ends a ReadLine that is under way, and gives the terminal back.
	Close() error
}

// Options are the settings of an [Editor].
type Options struct {
	In  *os.File // a terminal
	Out io.Writer

	// Complete returns what may stand in the place of the last word of a
	// line, as whole words, and how long the part of it is that is there.
	Complete func(line string) (words []string, typed int)

	History []string // lines of earlier, oldest first
	Limit   int      // how many lines to remember
}

// marked writes what the menu has chosen in reverse: the library's black on
// white cannot be seen on a white terminal.
type marked struct{ io.Writer }

func (m marked) Write(p []byte) (int, error) {
	if _, err := m.Writer.Write(bytes.ReplaceAll(p, []byte("\x1b[30;47m"), []byte("\x1b[7m"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// size returns the columns and rows of the terminal.
func (o *Options) size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(o.In.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return 80, 24
	}
	return columns, rows
}

// Open returns an Editor.
func Open(o Options) (Editor, error) {
	// The library's own wrapper of the input cannot be closed while a read is
	// under way: it would wait for the next key. Ours is closed first.
	in := readline.NewCancelableStdin(o.In)
	e := &editor{in: in}
	var size resizing
	rl, err := readline.NewEx(&readline.Config{
		Stdin: in, Stdout: marked{o.Out}, Stderr: o.Out,
		HistoryLimit: o.Limit, DisableAutoSaveHistory: true, HistorySearchFold: true,
		InterruptPrompt: "^C", EOFPrompt: "^D",
		FuncOnWidthChanged: size.watch, FuncFilterInputRune: size.key,
		AutoComplete: completer{o.Complete, func(b []byte) { _, _ = e.Writer().Write(b) }, o.size}, // a terminal that has gone shows when it is read
	})
	if err != nil {
		return nil, err
	}
	e.rl = rl
	for _, line := range o.History {
		e.Remember(line)
	}
	return e, nil
}

// resizing takes in a new width of the terminal. The library would do it on
// another goroutine than that which reads keys and uses the width: here it is
// done before the next key.
type resizing struct {
	changed atomic.Bool
	take    func()
}

func (r *resizing) watch(take func()) {
	r.take = take
	changes := make(chan os.Signal, 1)
	notifyResize(changes)
	go func() {
		for range changes {
			r.changed.Store(true)
		}
	}()
}

// key is called for each key, and lets it pass.
func (r *resizing) key(k rune) (rune, bool) {
	if r.changed.Swap(false) {
		r.take()
	}
	return k, true
}

type editor struct {
	rl      *readline.Instance
	in      io.Closer
	once    sync.Once
	reading atomic.Bool
}

func (e *editor) ReadLine() (string, error) {
	e.reading.Store(true)
	defer e.reading.Store(false)
	line, err := e.rl.Readline()
	if errors.Is(err, readline.ErrInterrupt) {
		return "", ErrInterrupt
	}
	return line, err
}

func (e *editor) SetPrompt(p string) { e.rl.SetPrompt(p) }

func (e *editor) Writer() io.Writer { return above{e} }

// above writes above the line that is being edited.
type above struct{ e *editor }

func (a above) Write(p []byte) (int, error) {
	// Between showing a prompt and reading the first key the library takes the
	// line for none, and would leave the prompt in the middle of the text.
	for range 200 {
		if !a.e.reading.Load() || a.e.rl.Terminal.IsReading() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return a.e.rl.Stdout().Write(p)
}

func (e *editor) Remember(line string) {
	_ = e.rl.SaveHistory(line) // it is kept in memory alone
}

func (e *editor) Close() (err error) {
	e.once.Do(func() { err = errors.Join(e.in.Close(), e.rl.Close()) })
	return err
}

// A completer asks a function.
type completer struct {
	ask  func(line string) (words []string, typed int)
	show func([]byte)
	size func() (columns, rows int)
}

// Do implements the library's AutoCompleter: it returns the rests of the words.
// A menu that does not fit is shown as a list above the line: the library's
// would take the screen with it.
func (c completer) Do(line []rune, pos int) ([][]rune, int) {
	if c.ask == nil {
		return nil, 0
	}
	before := string(line[:pos])
	words, typed := c.ask(before)
	typed = min(typed, len(before))
	rests := make([][]rune, 0, len(words))
	for _, w := range words {
		rest := w[min(typed, len(w)):]
		if len(words) == 1 && !strings.HasSuffix(w, "/") && !strings.HasSuffix(w, "=") && !strings.HasSuffix(w, "(") && !strings.HasSuffix(w, ":") {
			rest += " "
		}
		rests = append(rests, []rune(rest))
	}
	columns, rows := c.size()
	if len(words) > 1 && common(words) <= typed && !fits(words, columns, rows) {
		c.show(list(words, columns))
		return nil, 0
	}
	return rests, utf8.RuneCountInString(before[len(before)-typed:])
}

// common is how many bytes all words begin with.
func common(words []string) int {
	n := len(words[0])
	for _, w := range words[1:] {
		n = min(n, len(w))
		for w[:n] != words[0][:n] {
			n--
		}
	}
	return n
}

// layout returns how wide the columns of a list are, and how many rows it has.
func layout(words []string, columns int) (wide, rows int) {
	for _, w := range words {
		wide = max(wide, utf8.RuneCountInString(w)+2)
	}
	in := max(1, (columns-1)/wide)
	return wide, (len(words) + in - 1) / in
}

// fits says whether a menu leaves room for what stands above it.
func fits(words []string, columns, rows int) bool {
	wide, lines := layout(words, columns)
	return wide < columns-1 && lines <= rows/2
}

// list lays out words in columns, downwards.
func list(words []string, columns int) []byte {
	wide, rows := layout(words, columns)
	var b strings.Builder
	for y := range rows {
		line := ""
		for i := y; i < len(words); i += rows {
			line += words[i] + strings.Repeat(" ", wide-utf8.RuneCountInString(words[i]))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return []byte(b.String())
}
