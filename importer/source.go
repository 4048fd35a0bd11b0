package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// sniffed is how much of a file is looked at to tell its format.
const sniffed = 4 << 10

// source is an open file as text: decoded, without a byte order mark.
type source struct {
	file    *os.File
	size    int64
	bytes   *Counter
	text    *bufio.Reader
	decoded bool // not UTF-8: U+FFFD in the text stands for bytes that the encoding does not know
}

// Counter counts the bytes that are read through it, by one goroutine.
type Counter struct {
	From  io.Reader
	Count int64
}

// Read implements [io.Reader].
func (c *Counter) Read(p []byte) (int, error) {
	n, err := c.From.Read(p)
	c.Count += int64(n)
	return n, err
}

// encodingNamed finds an encoding by its name in the Encoding Standard; nil is UTF-8, which is checked cell by cell
// instead of being decoded, so that a bad byte is refused and not replaced.
func encodingNamed(name string) (encoding.Encoding, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // the absence of a decoder is the answer
	}
	enc, err := htmlindex.Get(name)
	switch {
	case err != nil || enc == encoding.Replacement:
		return nil, fmt.Errorf("the encoding %q is not known; name one of the Encoding Standard such as windows-1252 or utf-16le", name)
	case enc == unicode.UTF8:
		return nil, nil //nolint:nilnil // likewise
	default:
		return enc, nil
	}
}

func open(name string, enc encoding.Encoding) (*source, error) {
	file, err := os.Open(name) //nolint:gosec // the file that the user asks for
	if err != nil {
		return nil, fmt.Errorf("open a file of contacts: %w", err)
	}
	s := &source{file: file, bytes: &Counter{From: file}}
	if info, err := file.Stat(); err == nil {
		s.size = info.Size()
	}
	raw := bufio.NewReaderSize(s.bytes, 64<<10)
	enc, mark := byteOrderMark(raw, enc)
	if _, err := raw.Discard(mark); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), s.close())
	}
	if enc == nil {
		s.text = raw
		return s, nil
	}
	s.text, s.decoded = bufio.NewReaderSize(enc.NewDecoder().Reader(raw), 64<<10), true
	return s, nil
}

// byteOrderMark finds the encoding that a mark tells, else the given one, and the length of the mark.
func byteOrderMark(raw *bufio.Reader, enc encoding.Encoding) (encoding.Encoding, int) {
	head, _ := raw.Peek(3) // a short file has no mark
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return nil, 3
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
	default:
		return enc, 0
	}
}

// isVCard tells whether the text begins with a card.
func (s *source) isVCard() bool {
	const mark = "BEGIN:VCARD"
	head, _ := s.text.Peek(sniffed) // a short file is no error
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) >= len(mark) && bytes.EqualFold(head[:len(mark)], []byte(mark))
}

// read is how many bytes of the file were read.
func (s *source) read() int64 { return s.bytes.Count }

func (s *source) close() error {
	if err := s.file.Close(); err != nil {
		return fmt.Errorf("close a file of contacts: %w", err)
	}
	return nil
}
