package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"contactpanel/contact"
)

// table gives the rows of a CSV file.
type table struct {
	run     *run
	src     *source
	records *records
	split   *splitter
	columns []slot
	style   style
}

// newTable reads the header. A header that cannot be used gives refusals and no rows.
func newTable(src *source, r *run) (rows, []row, error) {
	t := &table{run: r, src: src, records: newRecords(src.text)}
	head, err := t.records.next()
	if errors.Is(err, io.EOF) {
		return nil, []row{{line: 1, refused: refuse("", "is empty: the first line must name the columns")}}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if head.wrong != "" {
		return nil, []row{{line: head.line, refused: refuse("", "%s", head.wrong)}}, nil
	}
	delimiter := delimiterOf(head.text)
	t.records.delimiters = string(delimiter)
	t.split = newSplitter(delimiter)
	header, err := t.split.cells(head.text)
	if err != nil {
		return nil, []row{{line: head.line, refused: refuse("", "%s", err)}}, nil
	}
	columns, style, refused := r.words.columns(header)
	if len(refused) > 0 {
		out := make([]row, len(refused))
		for i, f := range refused {
			out[i] = row{line: head.line, refused: f}
		}
		return nil, out, nil
	}
	t.columns, t.style = columns, style
	return t, nil, nil
}

// delimiterOf is the candidate that the header has most often outside of quotation marks; the comma when it has one column.
func delimiterOf(header []byte) rune {
	counts := [256]int{}
	inQuotes := false
	for _, c := range header {
		if c == '"' {
			inQuotes = !inQuotes
		}
		if !inQuotes {
			counts[c]++
		}
	}
	best := candidates[0]
	for i := range len(candidates) {
		if counts[candidates[i]] > counts[best] {
			best = candidates[i]
		}
	}
	return rune(best)
}

func (t *table) next() (row, error) {
	found, err := t.records.next()
	if err != nil {
		return row{}, err
	}
	if found.wrong != "" {
		return row{line: found.line, refused: refuse("", "%s", found.wrong)}, nil
	}
	cells, err := t.split.cells(found.text)
	if err != nil {
		return row{line: found.line, refused: refuse("", "%s", err)}, nil
	}
	if len(cells) != len(t.columns) {
		return row{line: found.line, refused: refuse("", "has %d columns; the header has %d", len(cells), len(t.columns))}, nil
	}
	input, refused := t.input(cells)
	return row{line: found.line, input: input, size: len(found.text), refused: refused}, nil
}

func (t *table) input(cells []string) (contact.UpsertInput, *refusal) {
	f := &filler{run: t.run, style: t.style, decoded: t.src.decoded}
	for i, text := range cells {
		if refused := f.put(t.columns[i], text); refused != nil {
			return contact.UpsertInput{}, refused
		}
	}
	return f.finish()
}

// splitter parses one record at a time with one parser, so that a row costs no buffers.
type splitter struct {
	text    bytes.Reader
	lineEnd bytes.Reader
	csv     *csv.Reader
}

func newSplitter(delimiter rune) *splitter {
	s := &splitter{}
	s.csv = csv.NewReader(s)
	s.csv.Comma, s.csv.FieldsPerRecord, s.csv.ReuseRecord = delimiter, -1, true
	// A quotation mark in the middle of a cell is text (5" pipe); records refuses the other liberties.
	s.csv.LazyQuotes = true
	return s
}

// Read gives the record and a line end, so that the parser never reads beyond it.
func (s *splitter) Read(p []byte) (int, error) {
	if s.text.Len() > 0 {
		return s.text.Read(p)
	}
	return s.lineEnd.Read(p)
}

// cells returns the cells of a record, valid until the next call.
func (s *splitter) cells(record []byte) ([]string, error) {
	s.text.Reset(record)
	s.lineEnd.Reset([]byte{'\n'})
	cells, err := s.csv.Read()
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("cannot be read as CSV: %s", strings.ToLower(wrong.Err.Error()))
	}
	return cells, err
}
