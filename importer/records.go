package importer

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// maxRecord is the most bytes of one record of a CSV file. It bounds the memory of an import, and how far an unclosed
// quotation mark is followed.
const maxRecord = 1 << 20

// candidates are the delimiters that a header is looked at for, the likelier first.
const candidates = ",;\t|"

// records cuts a CSV text (RFC 4180) into records by walking over its physical lines, so that line numbers are exact and a
// quotation mark that is never closed costs one line and not the rest of the file. A quotation mark opens only at the
// beginning of a field.
type records struct {
	src        io.Reader
	buf        []byte
	start, end int // of what was read and not yet given
	err        error
	line       int    // number of the line at start, from 1
	delimiters string // candidates until the header was read, then one
	ends       lineEnds
}

// lineEnds says whether a carriage return alone ends a line. The first line decides: in a file of line feeds it is a
// character of its cell.
type lineEnds int

const (
	endsUnknown lineEnds = iota
	endsByLF             // LF or CRLF
	endsByCR             // CR, LF or CRLF
)

func newRecords(src io.Reader) *records {
	return &records{src: src, buf: make([]byte, 64<<10), line: 1, delimiters: candidates}
}

// record is the text of a record without its line end, valid until the next one is read, or what is wrong with it.
type record struct {
	line  int
	text  []byte
	wrong string
}

// next returns the next record that is not an empty line; io.EOF at the end, and the error of a failing read. After a
// record that is wrong it goes on with the physical line after the one on which that record begins.
func (r *records) next() (record, error) {
	for {
		s := r.scan()
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return record{}, r.err
		}
		found := record{line: r.line, wrong: s.wrong}
		switch {
		case s.wrong != "":
			if s.firstLine == 0 {
				r.skipLine()
			} else {
				r.start += s.firstLine
			}
			r.line++
			return found, nil
		case s.size == 0 && s.after == 0:
			return record{}, io.EOF
		}
		found.text = r.buf[r.start : r.start+s.size]
		r.start += s.after
		r.line += s.lines
		if len(bytes.Trim(found.text, "\r")) > 0 { // returns alone are an empty line to encoding/csv too
			return found, nil
		}
	}
}

// scanned is what a walk from the beginning of a record found, in bytes from there.
type scanned struct {
	size      int // of the record
	after     int // where the next one begins
	lines     int // physical lines that it takes
	firstLine int // where its second physical line begins; 0 when that was not reached
	wrong     string
}

// place is where in a field the walk is.
type place int

const (
	fieldStart place = iota
	plain
	quoted
	afterQuote // behind a quotation mark that closes, or is the first half of a doubled one
)

func (r *records) scan() scanned {
	var s scanned
	at := fieldStart
	for i := 0; ; i++ {
		c, ok := r.peek(i)
		switch {
		case !ok && at == quoted:
			s.wrong = "has a quotation mark that is never closed"
			return s
		case !ok:
			s.size, s.after = i, i
			return s
		case i >= maxRecord && at == quoted:
			s.wrong = "has a quotation mark that is not closed within " + strconv.Itoa(maxRecord>>20) + " MiB"
			return s
		case i >= maxRecord:
			s.wrong = "is longer than " + strconv.Itoa(maxRecord>>20) + " MiB"
			return s
		}
		if n := r.lineEnd(i, c); n > 0 {
			s.lines++
			if s.firstLine == 0 {
				s.firstLine = i + n
			}
			if at != quoted {
				r.decideEnds(c, n)
				s.size, s.after = i, i+n
				return s
			}
			i += n - 1
			continue
		}
		if at, ok = r.step(at, c); !ok {
			s.wrong = "has a quotation mark inside of a quoted cell that is not doubled, or one that is never closed"
			return s
		}
	}
}

// step moves over one byte that ends no line. It is false for text behind a closed quotation mark.
func (r *records) step(at place, c byte) (place, bool) {
	isDelimiter := false
	for i := range len(r.delimiters) {
		isDelimiter = isDelimiter || r.delimiters[i] == c
	}
	switch {
	case at == quoted && c == '"':
		return afterQuote, true
	case at == quoted:
		return quoted, true
	case at == afterQuote && c == '"', at == fieldStart && c == '"':
		return quoted, true
	case isDelimiter:
		return fieldStart, true
	default:
		return plain, at != afterQuote
	}
}

// lineEnd is the length of the line end at i, 0 when there is none.
func (r *records) lineEnd(i int, c byte) int {
	if c == '\n' {
		return 1
	}
	if c != '\r' {
		return 0
	}
	if next, ok := r.peek(i + 1); ok && next == '\n' {
		return 2
	}
	if r.ends == endsByLF {
		return 0
	}
	return 1
}

func (r *records) decideEnds(c byte, length int) {
	if r.ends != endsUnknown {
		return
	}
	r.ends = endsByLF
	if c == '\r' && length == 1 {
		r.ends = endsByCR
	}
}

// skipLine drops the rest of a physical line, however long it is.
func (r *records) skipLine() {
	for {
		c, ok := r.peek(0)
		if !ok {
			return
		}
		n := r.lineEnd(0, c)
		r.start += max(n, 1)
		if n > 0 {
			return
		}
	}
}

// peek is the byte at i from the start; false at the end of the text.
func (r *records) peek(i int) (byte, bool) {
	for r.start+i >= r.end {
		if r.err != nil {
			return 0, false
		}
		r.fill()
	}
	return r.buf[r.start+i], true
}

// fill reads more into the buffer, which grows to a little over maxRecord at most.
func (r *records) fill() {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	r.err = err
}
