package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"contactpanel/contact"
)

// errCut is the error of an archive whose last line is missing.
var errCut = errors.New("the file is cut short: its last line is missing")

// Reader reads an archive. It is for one goroutine.
type Reader struct {
	from         *bufio.Scanner
	number       int // of the line that was read last
	format       int
	organisation *contact.Organisation
	isShown      bool // the organisation was given
	isAtEnd      bool
	again        bytes.Buffer // a line as it is written
}

// NewReader reads the first line. It refuses what is no archive, and one of a newer format. Errors name the line.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{from: bufio.NewScanner(from)}
	r.from.Buffer(make([]byte, 64<<10), MaxLine)
	r.from.Split(splitLines)
	text, err := r.read()
	if err != nil {
		return nil, err
	}
	if kind, _ := kindOf(text); kind != kindArchive {
		return nil, r.at(errors.New("the file is no archive of contactpanel"))
	}
	var announced struct{ Format int } // of a newer one nothing else is known
	if err := json.Unmarshal(text, &announced); err == nil && announced.Format > format {
		return nil, r.at(fmt.Errorf("the archive has format %d, of a newer version of contactpanel; this one reads formats up to %d", announced.Format, format))
	}
	var header headerLine
	if err := r.decode(text, &header); err != nil {
		return nil, err
	}
	if header.Format < oldest {
		return nil, r.at(fmt.Errorf("the archive has format %d, which never was; this version reads formats %d to %d", header.Format, oldest, format))
	}
	r.format = header.Format
	r.organisation = &contact.Organisation{ID: header.Organisation, CreatedAt: header.CreatedAt.Time}
	return r, nil
}

// Organisation is the name of the organisation in the archive.
func (r *Reader) Organisation() contact.OrgID { return r.organisation.ID }

// Next gives the next row, the organisation first, and io.EOF behind the last one, once the archive is known to be whole.
// Any other error is final; it names the line, its kind and what is wrong.
func (r *Reader) Next() (contact.ArchiveRow, error) {
	switch {
	case !r.isShown:
		r.isShown = true
		return contact.ArchiveRow{Organisation: r.organisation}, nil
	case r.isAtEnd:
		return contact.ArchiveRow{}, io.EOF
	}
	text, err := r.read()
	if err != nil {
		return contact.ArchiveRow{}, err
	}
	kind, ok := kindOf(text)
	switch {
	case !ok:
		return contact.ArchiveRow{}, r.at(errors.New("the line does not begin with its kind"))
	case kind == kindEnd:
		return contact.ArchiveRow{}, r.end(text)
	}
	line := emptyLine(kind)
	if line == nil || r.format < sinceFormat(kind) {
		return contact.ArchiveRow{}, r.at(fmt.Errorf("%.40q is not a kind of lines", kind))
	}
	if err := r.decode(text, line); err != nil {
		return contact.ArchiveRow{}, err
	}
	return line.row(), nil
}

// end checks the last line, and that it is the last.
func (r *Reader) end(text []byte) error {
	rows := r.number - 2
	var end endLine
	if err := r.decode(text, &end); err != nil {
		return err
	}
	if end.Rows != rows {
		return r.at(fmt.Errorf("%s: rows: the file has %d rows where it had %d: some are missing, or some were added", kindEnd, rows, end.Rows))
	}
	isMore, err := r.from.Scan(), r.from.Err()
	r.number++
	switch {
	case isMore, errors.Is(err, errCut), errors.Is(err, bufio.ErrTooLong):
		return r.at(errors.New("there is something behind the end"))
	case err != nil:
		return fmt.Errorf("read the archive behind its end: %w", err)
	}
	r.isAtEnd = true
	return io.EOF
}

// read reads a line.
func (r *Reader) read() ([]byte, error) {
	r.number++
	if r.from.Scan() {
		return r.from.Bytes(), nil
	}
	switch err := r.from.Err(); {
	case err == nil && r.number == 1:
		return nil, r.at(errors.New("the file is empty"))
	case err == nil:
		return nil, r.at(errCut)
	case errors.Is(err, bufio.ErrTooLong):
		return nil, r.at(fmt.Errorf("the line has more than %d bytes", MaxLine))
	case errors.Is(err, errCut):
		return nil, r.at(err)
	default:
		return nil, fmt.Errorf("read the archive behind line %d: %w", r.number-1, err)
	}
}

// splitLines gives lines that end in a line feed, and nothing else.
func splitLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errCut
	}
	return 0, nil, nil
}

// kindOf reads the kind, with which every line begins.
func kindOf(text []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(text, []byte(`{"kind":"`))
	kind, _, closed := bytes.Cut(rest, []byte(`"`))
	return string(kind), ok && closed
}

// decode reads a line strictly: written again, it must be the same.
func (r *Reader) decode(text []byte, into any) error {
	kind, _ := kindOf(text)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return r.at(fmt.Errorf("%s: %w", kind, err))
	}
	if err := encode(&r.again, into); err != nil {
		return r.at(fmt.Errorf("%s: %w", kind, err))
	}
	again := bytes.TrimSuffix(r.again.Bytes(), []byte("\n"))
	if !bytes.Equal(text, again) {
		return r.at(fmt.Errorf("%s: byte %d is not what an export writes there", kind, differAt(text, again)))
	}
	return nil
}

// differAt is the place of the first byte, from 1, at which two lines differ.
func differAt(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i + 1
		}
	}
	return min(len(a), len(b)) + 1
}

// at says which line an error is about.
func (r *Reader) at(err error) error { return fmt.Errorf("line %d: %w", r.number, err) }
