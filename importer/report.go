package importer

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"contactpanel/contact"
)

// report writes what became of the rows, and counts it.
type report struct {
	out      *bufio.Writer
	json     *json.Encoder // nil: lines for people
	progress *progress
	file     string
	sum      Summary
	err      error // the first failure of writing
}

func newReport(opts Options, target Target) *report {
	waited := func() time.Duration { return waitedFor(target) }
	r := &report{out: bufio.NewWriter(opts.Out), progress: newProgress(opts.Log, opts.Progress, waited)}
	if opts.JSON {
		r.json = json.NewEncoder(r.out)
		r.json.SetEscapeHTML(false)
	}
	return r
}

func (r *report) begin(file string, size int64) {
	r.file = file
	r.progress.begin(file, size, time.Now())
}

func (r *report) advance(bytesRead int64) { r.progress.advance(bytesRead, time.Now()) }

func (r *report) end(at time.Time) { r.progress.end(at) }

// refusalLine is a refusal as JSON.
type refusalLine struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

func (r *report) refuse(line int, f *refusal) {
	r.sum.Refused++
	if r.json != nil {
		r.failed(r.json.Encode(refusalLine{r.file, line, f.field, f.reason}))
		return
	}
	r.progress.clear()
	text := printable(r.file) + ":" + strconv.Itoa(line) + ": "
	if f.field != "" {
		text += printable(f.field) + ": "
	}
	_, err := fmt.Fprintln(r.out, text+printable(f.reason))
	r.failed(err)
}

// printable shows what would steer a terminal as escapes: headers and names of files are anybody's text.
func printable(s string) string {
	if strings.IndexFunc(s, func(c rune) bool { return !strconv.IsPrint(c) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if strconv.IsPrint(c) {
			b.WriteRune(c)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(c), "'"))
		}
	}
	return b.String()
}

func (r *report) result(line int, result contact.UpsertResult) {
	switch {
	case result.Refused != nil:
		r.refuse(line, refusalOf(result.Refused))
	case result.Outcome == contact.Created:
		r.sum.Created++
	case result.Outcome == contact.Updated:
		r.sum.Updated++
	default:
		r.sum.Unchanged++
	}
}

// flush lets the reader of the report see it.
func (r *report) flush() error {
	r.failed(r.out.Flush())
	return r.err
}

// finish writes the summary.
func (r *report) finish() error {
	r.progress.stop()
	if r.json != nil {
		r.failed(r.json.Encode(map[string]Summary{"summary": r.sum}))
	} else {
		_, err := fmt.Fprintf(r.out, "created %d, updated %d, unchanged %d, refused %d\n",
			r.sum.Created, r.sum.Updated, r.sum.Unchanged, r.sum.Refused)
		r.failed(err)
	}
	return r.flush()
}

func (r *report) failed(err error) {
	if err != nil && r.err == nil && !errors.Is(err, io.EOF) {
		r.err = fmt.Errorf("write the report: %w", err)
	}
}
