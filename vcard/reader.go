package vcard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxCard is the most bytes of a card between BEGIN and END. Address books put pictures inside cards, but a picture that
// needs more than this is none for a contact panel.
const maxCard = 1 << 20

// maxMark is the most bytes of a line that is a BEGIN:VCARD or END:VCARD, so as much is kept where nothing else counts.
const maxMark = 64

// Reader reads the cards of one stream, one at a time. It is for one goroutine.
type Reader struct {
	lines *lines
	begin int // the line of a BEGIN:VCARD that was read too early; 0 when there is none
}

// NewReader returns a Reader of the stream, which is UTF-8, with or without a byte order mark.
func NewReader(r io.Reader) *Reader {
	return &Reader{lines: newLines(r)}
}

// Next returns the next card, in the stream's order. It is an *Error for a card that cannot be read and for a run of text
// outside of cards, and the following call goes on behind it; io.EOF at the end; and the stream's own error, wrapped,
// after which there is nothing more. Empty lines between cards are no text.
//
// A card has at most 1 MiB between BEGIN and END, and its version is 3.0 or 4.0. A card that begins inside another one
// makes the outer one an *Error and is then read as a card of its own.
func (r *Reader) Next() (Card, error) {
	begin := r.begin
	r.begin = 0
	if begin == 0 {
		var err error
		if begin, err = r.seek(); err != nil {
			return Card{}, err
		}
	}
	raw := rawCard{begin: begin}
	for {
		line, size, err := r.lines.next(max(maxMark, maxCard-raw.size))
		switch {
		case errors.Is(err, io.EOF):
			return Card{}, &Error{Line: begin, Reason: "has no END:VCARD"}
		case err != nil:
			return Card{}, fmt.Errorf("read cards: %w", err)
		case isMark(line, size, "BEGIN:VCARD"):
			r.begin = r.lines.number
			return Card{}, &Error{Line: begin, Reason: "has no END:VCARD before the next card begins, in line " + strconv.Itoa(r.begin)}
		case isMark(line, size, "END:VCARD"):
			return raw.card()
		}
		raw.add(line, size, r.lines.number)
	}
}

// seek goes to the next BEGIN:VCARD and returns its line. Text before it is an *Error, once for the whole run.
func (r *Reader) seek() (int, error) {
	stray := 0
	for {
		line, size, err := r.lines.next(maxMark)
		switch {
		case err != nil && stray > 0: // the stream's end comes with the next call
			return 0, strayText(stray)
		case errors.Is(err, io.EOF):
			return 0, io.EOF
		case err != nil:
			return 0, fmt.Errorf("read cards: %w", err)
		case isMark(line, size, "BEGIN:VCARD") && stray > 0:
			r.begin = r.lines.number
			return 0, strayText(stray)
		case isMark(line, size, "BEGIN:VCARD"):
			return r.lines.number, nil
		case stray == 0 && len(bytes.TrimSpace(line)) > 0:
			stray = r.lines.number
		}
	}
}

func strayText(line int) error {
	return &Error{Line: line, Reason: "stands outside of any card"}
}

// isMark tells whether a line is the mark, in either case and with blanks after it, as some programs write it.
func isMark(line []byte, size int, mark string) bool {
	return size <= maxMark && bytes.EqualFold(bytes.TrimRight(line, " \t"), []byte(mark))
}
