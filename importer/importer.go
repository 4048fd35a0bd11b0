// Package importer reads files of contacts, CSV and vCard, and brings each row into an organisation through the rules that
// hold for a mutation. It is for the import command.
//
// Invariant: each row of a file ends in exactly one outcome (created, updated, unchanged or refused), in the file's order,
// and nothing that a row says is left out in silence. Memory does not depend on the size of a file: see maxRecord.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/text/encoding"

	"contactpanel/contact"
)

// Options say how files are read and where the report goes.
type Options struct {
	// Region is the country of national phone numbers, ISO 3166-1 alpha-2. Without it a national number is refused, unless
	// its definition names a country.
	Region string
	// Map gives columns another meaning than their header has: from the header (as written, or without regard to case and
	// separators) to a key such as "email" or "email_2"; nil or "" leaves the column out. It serves all files of a run: an
	// entry that no column answers to is not looked at. For vCard files the columns are the keys themselves. See ParseMap.
	Map map[string]*string
	// Encoding is the name of the files' encoding, as in HTML ("windows-1252"); UTF-8 without it. A byte order mark wins.
	Encoding string
	// JSON writes the report as one JSON object a line.
	JSON bool
	// Progress draws a bar on Log, which must be a terminal; without it Log gets a line every few seconds.
	Progress bool
	// Out gets the report, Log the progress; nothing else is written to either.
	Out, Log io.Writer

	// Phones and Languages read what people write in files. Both are required.
	Phones    Phones
	Languages Languages
}

// Phones reads phone numbers. Error texts are reasons for a person and quote nothing.
type Phones interface {
	// E164 reads a number; region is the country of national writing.
	E164(number, region string) (string, error)
	// Region reports whether the region is known.
	Region(region string) bool
}

// Languages reads names of human languages.
type Languages interface {
	// Tag returns the canonical form of a BCP 47 tag, an error when it names no known language.
	Tag(tag string) (string, error)
	// Named returns the tag of the language with the name, in any language that the implementation knows.
	Named(name string) (tag string, ok bool)
}

// Summary counts what became of the rows of a run. A header that cannot be used counts among the refused.
type Summary struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Refused   int `json:"refused"`
}

// Run imports the files in order and reports each refusal as FILE:LINE: FIELD: REASON or, with Options.JSON, as
// {"file","line","field","reason"}; the line is the one on which the row begins, and the summary comes last. A refused row
// does not stop the rest. Options that cannot be used and files that cannot be opened are errors before anything is
// imported. A fault of the target, a failing read and the end of ctx stop the run with an error; the summary is still
// written, and counts exactly what the target acknowledged. A batch that is under way when ctx ends is finished.
func Run(ctx context.Context, target Target, files []string, opts Options) (sum Summary, err error) {
	enc, err := check(files, opts)
	if err != nil {
		return Summary{}, err
	}
	out := newReport(opts, target)
	defer func() {
		err = errors.Join(err, out.finish())
		sum = out.sum
	}()
	definitions, err := target.Definitions(ctx)
	if err != nil {
		return sum, fmt.Errorf("read the attribute definitions: %w", err)
	}
	r := &run{target: target, opts: opts, encoding: enc, words: newVocabulary(definitions, opts.Map), report: out}
	for _, name := range files {
		if err := r.file(ctx, name); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// check finds out what would make the whole run useless, before it changes anything.
func check(files []string, opts Options) (encoding.Encoding, error) {
	if opts.Region != "" && !opts.Phones.Region(opts.Region) {
		return nil, fmt.Errorf("the region %q is not known; name a country such as DE (ISO 3166-1 alpha-2)", opts.Region)
	}
	enc, err := encodingNamed(opts.Encoding)
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		f, err := os.Open(name) //nolint:gosec // the file that the user asks for
		if err != nil {
			return nil, fmt.Errorf("open a file of contacts: %w", err)
		}
		info, err := f.Stat()
		f.Close() //nolint:errcheck // nothing was written
		if err != nil {
			return nil, fmt.Errorf("look at a file of contacts: %w", err)
		}
		if info.IsDir() {
			return nil, fmt.Errorf("%s is a folder, not a file of contacts", name)
		}
	}
	return enc, nil
}

// A batch is what the target gets at once: so many rows, or as soon as their texts are so large.
const (
	batchRows  = 200
	batchBytes = 1 << 20
)

// run is one call of Run.
type run struct {
	target   Target
	opts     Options
	encoding encoding.Encoding // nil: UTF-8
	words    *vocabulary
	report   *report

	name  string // of the file being read
	batch []row
	bytes int
}

// row is a row as it was read: an input, or why it is none.
type row struct {
	line    int
	input   contact.UpsertInput
	size    int // of the row's texts, in bytes
	refused *refusal
}

// rows gives the rows of one file in order, io.EOF at the end. Any other error is a failing read.
type rows interface{ next() (row, error) }

func (r *run) file(ctx context.Context, name string) (err error) {
	src, err := open(name, r.encoding)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	r.name = name
	r.report.begin(name, src.size)
	in, refused, err := r.rows(src)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	r.batch = append(r.batch, refused...)
	for in != nil {
		next, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(fmt.Errorf("read %s: %w", name, err), r.flush(ctx))
		}
		if err := r.add(ctx, next); err != nil {
			return err
		}
		r.report.advance(src.read())
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.report.end(time.Now())
	return r.report.err
}

// rows tells the format by the content, not by the name. Without rows there are refusals of the file's header.
func (r *run) rows(src *source) (rows, []row, error) {
	if src.isVCard() {
		return newCards(src, r), nil, nil
	}
	return newTable(src, r)
}

func (r *run) add(ctx context.Context, next row) error {
	r.batch = append(r.batch, next)
	r.bytes += next.size
	if len(r.batch) < batchRows && r.bytes < batchBytes {
		return nil
	}
	return r.flush(ctx)
}

// flush sends the batch and reports it in the file's order, up to where the target stopped.
func (r *run) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("import %s: %w", r.name, err)
	}
	var inputs []contact.UpsertInput
	for i := range r.batch {
		if r.batch[i].refused == nil {
			inputs = append(inputs, r.batch[i].input)
		}
	}
	var results []contact.UpsertResult
	var err error
	if len(inputs) > 0 {
		results, err = r.target.Upsert(ctx, inputs)
	}
	for i := range r.batch {
		b := &r.batch[i]
		switch {
		case b.refused != nil:
			r.report.refuse(b.line, b.refused)
		case len(results) == 0:
			return fmt.Errorf("import %s from line %d on: %w", r.name, b.line, orUnanswered(err))
		default:
			r.report.result(b.line, results[0])
			results = results[1:]
		}
	}
	clear(r.batch)
	r.batch, r.bytes = r.batch[:0], 0
	return errors.Join(err, r.report.flush())
}

// orUnanswered makes sure that a row without an answer is an error.
func orUnanswered(err error) error {
	if err == nil {
		return errors.New("the target gave no outcome")
	}
	return err
}
