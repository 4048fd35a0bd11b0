package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"contactpanel/contact"
)

// Writer writes an archive. It is for one goroutine.
type Writer struct {
	to    *bufio.Writer
	line  bytes.Buffer
	rows  int // behind the first line
	begun bool
}

// NewWriter starts an archive.
func NewWriter(to io.Writer) *Writer { return &Writer{to: bufio.NewWriterSize(to, 64<<10)} }

// Write writes a row. The organisation comes first, and rows come in the order of [contact.ArchiveReader]. What could not be
// read again is refused: a text that is no UTF-8, a line of more than [MaxLine] bytes.
func (w *Writer) Write(row contact.ArchiveRow) error {
	kind := row.Kind()
	var line any
	switch {
	case kind == contact.ArchivedOrganisation && !w.begun:
		line = headerLine{kindArchive, format, row.Organisation.ID, moment{row.Organisation.CreatedAt}}
	case kind == contact.ArchivedOrganisation || !w.begun:
		return errors.New("write the archive: the organisation comes first, and once")
	default:
		line = lineOf(row)
	}
	if line == nil {
		return errors.New("write the archive: the row holds nothing, or more than one thing")
	}
	if w.begun {
		w.rows++
	}
	w.begun = true
	if err := w.put(line); err != nil {
		return fmt.Errorf("write row %d of the archive, a %s: %w", w.rows, kind, err)
	}
	return nil
}

// Close writes the last line, without which the archive is not whole. It does not close what it wrote to.
func (w *Writer) Close() error {
	if err := w.put(endLine{kindEnd, w.rows}); err != nil {
		return fmt.Errorf("write the end of the archive: %w", err)
	}
	if err := w.to.Flush(); err != nil {
		return fmt.Errorf("write the end of the archive: %w", err)
	}
	return nil
}

func (w *Writer) put(line any) error {
	if err := encode(&w.line, line); err != nil {
		return err
	}
	text := w.line.Bytes()
	if len(text) > MaxLine {
		return fmt.Errorf("the line has %d bytes; at most %d are allowed", len(text), MaxLine)
	}
	if hasInvalid(text) {
		return errors.New("a text is not UTF-8")
	}
	_, err := w.to.Write(text)
	return err
}

// hasInvalid finds what encoding/json writes for bytes that are no UTF-8: the escape of U+FFFD. The character itself it
// writes as it is, and a backslash of a text as two.
func hasInvalid(line []byte) bool {
	mark := []byte(`\ufffd`)
	for at := 0; ; {
		i := bytes.Index(line[at:], mark)
		if i < 0 {
			return false
		}
		at += i
		before := line[:at]
		if escapes := len(before) - len(bytes.TrimRight(before, `\`)); escapes%2 == 0 {
			return true
		}
		at += len(mark)
	}
}
