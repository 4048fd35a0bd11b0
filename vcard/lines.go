package vcard

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lines counts physical lines, which end in CRLF, LF or CR.
type lines struct {
	r       *bufio.Reader
	number  int // of the line last returned, from 1
	line    []byte
	afterCR bool // an LF that comes now belongs to the end of the line before
	err     error
}

// readBuffer is how much is read at once; cards have a few hundred bytes.
const readBuffer = 32 << 10

func newLines(r io.Reader) *lines {
	return &lines{r: bufio.NewReaderSize(r, readBuffer)}
}

// next returns the next line without its end, and its size in bytes. Of a line longer than keep only the beginning is
// returned, so that no line needs more memory than the caller has to spare. The bytes are good until the next call. An
// error, io.EOF at the end, is final.
func (l *lines) next(keep int) (line []byte, size int, err error) {
	l.line = l.line[:0]
	for l.err == nil {
		if _, l.err = l.r.Peek(1); l.err != nil {
			break
		}
		buffered, _ := l.r.Peek(l.r.Buffered()) // no error: it is all there
		if l.afterCR {
			l.afterCR = false
			if buffered[0] == '\n' {
				l.discard(1)
				continue
			}
		}
		end := bytes.IndexAny(buffered, "\r\n")
		part := buffered
		if end >= 0 {
			part = buffered[:end]
		}
		size += len(part)
		l.line = append(l.line, part[:min(len(part), max(0, keep-len(l.line)))]...)
		if end < 0 {
			l.discard(len(part))
			continue
		}
		l.afterCR = buffered[end] == '\r'
		l.discard(end + 1)
		return l.counted(size)
	}
	if errors.Is(l.err, io.EOF) && size > 0 {
		return l.counted(size) // the last line has no end
	}
	return nil, 0, l.err
}

func (l *lines) counted(size int) ([]byte, int, error) {
	l.number++
	if l.number == 1 {
		l.line = bytes.TrimPrefix(l.line, []byte("\ufeff"))
	}
	return l.line, size, nil
}

func (l *lines) discard(n int) {
	_, _ = l.r.Discard(n) // no error: the callers have peeked at as much
}
