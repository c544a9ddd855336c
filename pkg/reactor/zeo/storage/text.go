package storage

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// The file of a storage is a text of lines:
//
//	zeo-storage 1 "NAME"
//	transaction TID STATUS "user" "description" "extension"
//	record OID "data"
//	record OID "data" from=TID blob="…"
//	record OID gone
//
// A transaction has the records behind it. TIDs, which rise, and OIDs are 16
// hexadecimal digits, STATUS is a character, - for ' ', and the strings have the escapes
// of the notation. Blank lines and lines that begin with # mean nothing.
const magic = "zeo-storage 1"

// AppendText appends the storage as the text of its file.
func (s *Storage) AppendText(dst []byte) []byte {
	dst = append(dst, magic+" "...)
	dst = append(lex.AppendQuoted(dst, []byte(s.o.Name)), '\n')
	for _, t := range s.txns {
		dst = t.appendText(dst)
	}
	return dst
}

func (t *Transaction) appendText(dst []byte) []byte {
	status := t.Status
	if status == ' ' {
		status = '-'
	}
	dst = fmt.Appendf(dst, "transaction %s %c", t.TID, status)
	for _, b := range [][]byte{t.User, t.Description, t.Extension} {
		dst = lex.AppendQuoted(append(dst, ' '), b)
	}
	dst = append(dst, '\n')
	for i := range t.Records {
		dst = t.Records[i].appendText(dst)
	}
	return dst
}

func (r *Record) appendText(dst []byte) []byte {
	dst = fmt.Appendf(dst, "record %s ", r.OID)
	if r.Data == nil {
		dst = append(dst, "gone"...)
	} else {
		dst = lex.AppendQuoted(dst, r.Data)
	}
	if !r.From.IsZero() {
		dst = fmt.Appendf(dst, " from=%s", r.From)
	}
	if r.Blob != nil {
		dst = lex.AppendQuoted(append(dst, " blob="...), r.Blob)
	}
	return append(dst, '\n')
}

// A FormatError says what is wrong with the text of a file.
type FormatError struct {
	Line, Column int // from 1
	Message      string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
}

// Parse reads the text of a file. Limits are those of o, and its name counts
// if it has one. An error is a [*FormatError].
func Parse(text []byte, o Options) (*Storage, error) {
	p := &textReader{}
	var s *Storage
	var open *Transaction
	commit := func() error {
		if open == nil {
			return nil
		}
		return s.Commit(time.Time{}, open)
	}
	for len(text) > 0 {
		p.line++
		p.src, text, _ = bytes.Cut(text, []byte{'\n'})
		p.at = 0
		if p.blank() {
			continue
		}
		var err error
		switch word := p.word(); {
		case s == nil:
			s, err = p.header(word, o)
		case word == "transaction":
			if err = commit(); err == nil {
				open, err = p.transaction()
			}
		case word == "record" && open != nil:
			err = p.record(open)
		default:
			p.at = 0
			err = errors.New(`"transaction" or, behind one, "record" was expected here`)
		}
		if err == nil && !p.blank() {
			err = errors.New("nothing more was expected on this line")
		}
		if err != nil {
			return nil, p.fault(err)
		}
	}
	if s == nil {
		return nil, &FormatError{1, 1, "no file of a storage: it begins with " + magic}
	}
	if err := commit(); err != nil {
		return nil, p.fault(err)
	}
	return s, nil
}

// A textReader reads the words of a line.
type textReader struct {
	src  []byte
	at   int
	line int
}

func (p *textReader) fault(err error) error {
	at := p.at
	if e, ok := errors.AsType[*codec.TextError](err); ok {
		at += e.Start
	}
	return &FormatError{p.line, at + 1, err.Error()}
}

// blank says whether nothing but blanks or a comment is left.
func (p *textReader) blank() bool {
	p.skip()
	return p.at == len(p.src) || p.at == 0 && p.src[0] == '#'
}

func (p *textReader) skip() {
	for p.at < len(p.src) && (p.src[p.at] == ' ' || p.src[p.at] == '\r') {
		p.at++
	}
}

// word returns what comes up to the next blank.
func (p *textReader) word() string {
	p.skip()
	start := p.at
	for p.at < len(p.src) && p.src[p.at] != ' ' && p.src[p.at] != '\r' {
		p.at++
	}
	return string(p.src[start:p.at])
}

func (p *textReader) id() ([8]byte, error) {
	p.skip()
	start := p.at
	id, err := ParseID(p.word())
	if err != nil {
		p.at = start
	}
	return id, err
}

// quoted returns the bytes of a quoted string.
func (p *textReader) quoted() ([]byte, error) {
	p.skip()
	b, n, err := lex.Quoted([]byte{}, p.src[p.at:])
	if err != nil {
		return nil, err
	}
	p.at += n
	return b, nil
}

// take passes over a word if it comes next.
func (p *textReader) take(word string) bool {
	p.skip()
	if !bytes.HasPrefix(p.src[p.at:], []byte(word)) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *textReader) header(word string, o Options) (*Storage, error) {
	if word+" "+p.word() != magic {
		p.at = 0
		return nil, errors.New("no file of a storage: it begins with " + magic)
	}
	name, err := p.quoted()
	if err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = string(name)
	}
	return New(o), nil
}

func (p *textReader) transaction() (*Transaction, error) {
	tid, err := p.id()
	if err != nil {
		return nil, err
	}
	t := &Transaction{TID: tid, Status: ' '}
	if t.TID.IsZero() {
		return nil, errors.New("a transaction has a TID other than zero")
	}
	status := p.word()
	if len(status) != 1 || status[0] <= ' ' || status[0] > '~' {
		return nil, errors.New("the status is one character of ASCII, - for none")
	}
	t.Status = status[0]
	if t.Status == '-' {
		t.Status = ' '
	}
	for _, b := range []*[]byte{&t.User, &t.Description, &t.Extension} {
		if *b, err = p.quoted(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (p *textReader) record(t *Transaction) error {
	oid, err := p.id()
	if err != nil {
		return err
	}
	r := Record{OID: oid}
	if !p.take("gone") {
		if r.Data, err = p.quoted(); err != nil {
			return err
		}
	}
	if p.take("from=") {
		if r.From, err = p.id(); err != nil {
			return err
		}
	}
	if p.take("blob=") {
		if r.Blob, err = p.quoted(); err != nil {
			return err
		}
	}
	t.Records = append(t.Records, r)
	return nil
}
