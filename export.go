package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"contactpanel/archive"
	"contactpanel/contact"
	"contactpanel/importer"
	"contactpanel/store"
)

// archiveEnding is how the names of archives end, by which import knows them.
const archiveEnding = ".jsonl"

// standardOutput is the name of a file that stands for standard output.
const standardOutput = "-"

// run writes an organisation into a file. The report goes where the archive does not.
func (e *exportCommand) run(ctx context.Context, cfg *Config, out, errOut io.Writer) (err error) {
	if err := e.checkOut(); err != nil {
		return err
	}
	contacts, closeStore, err := openAlone(ctx, cfg, "export", logTo(errOut))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	org, began := contact.OrgID(orDemo(e.Org)), time.Now()
	shown := &rowProgress{out: errOut, onTerm: isTerminal(errOut), shown: began}
	var count contact.ArchiveCount
	write := func(to io.Writer) error {
		w := archive.NewWriter(to)
		err := contacts.Export(ctx, org, func(row contact.ArchiveRow) error {
			count.Add(row)
			shown.advance("exported", "", time.Now())
			return w.Write(row)
		})
		if err != nil {
			return err
		}
		return w.Close()
	}
	report := out
	if e.Out == standardOutput {
		report = errOut
		err = write(out)
	} else {
		err = writeWhole(e.Out, write)
	}
	shown.clear()
	if err != nil {
		return fmt.Errorf("export the organisation %q: %w", org, err)
	}
	return reportCount(report, "exported", org, count, time.Since(began))
}

// checkOut refuses a name that a file cannot be put in place of: a folder, a device, a pipe.
func (e *exportCommand) checkOut() error {
	info, err := os.Stat(e.Out)
	if e.Out != standardOutput && err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("--out %s: is no file; %s is standard output", e.Out, standardOutput)
	}
	return nil
}

// writeWhole makes a file for its owner alone, with all that write writes, or leaves what was there. It is on the disk when
// writeWhole returns.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, ".contactpanel-export-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if d, err := os.Open(folder); err == nil { //nolint:gosec // the folder that the operator names
		d.Sync()  //nolint:errcheck // not every system can; the file itself is on the disk
		d.Close() //nolint:errcheck // nothing was written
	}
	return nil
}

// isArchive reports whether one of the files is a whole organisation. Then it is the only one: see Validate.
func (i *importCommand) isArchive() bool {
	return slices.ContainsFunc(i.Files, func(name string) bool { return strings.EqualFold(filepath.Ext(name), archiveEnding) })
}

// Validate refuses, as a mistake of usage, what does not go with a whole organisation: other files, and all options but
// its name.
func (i *importCommand) Validate() error {
	if !i.isArchive() {
		return nil
	}
	if len(i.Files) > 1 {
		return fmt.Errorf("a whole organisation (*%s) is imported alone, without other files", archiveEnding)
	}
	for _, option := range []struct {
		name  string
		isSet bool
	}{{"--region", i.Region != ""}, {"--map", i.Map != ""}, {"--encoding", i.Encoding != ""}, {"--json", i.JSON}, {"--token-file (CONTACTPANEL_TOKEN_FILE)", i.TokenFile != ""}} {
		if option.isSet {
			return fmt.Errorf("%s is for CSV and vCard files, not for a whole organisation (*%s)", option.name, archiveEnding)
		}
	}
	return nil
}

// load brings a whole organisation in, under the name in the file unless --org names another.
func (i *importCommand) load(ctx context.Context, cfg *Config, out, errOut io.Writer) (err error) {
	name := i.Files[0]
	f, err := os.Open(name) //nolint:gosec // the file that the operator asks for
	if err != nil {
		return fmt.Errorf("open the archive: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open the archive: %w", err)
	}
	from := &importer.Counter{From: f}
	reader, err := archive.NewReader(from) // before the store is opened, which may make one
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	org := reader.Organisation()
	if i.Org != "" {
		org = contact.OrgID(i.Org)
	}
	contacts, closeStore, err := openAlone(ctx, cfg, "import of an organisation", logTo(errOut))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	began := time.Now()
	shown := &rowProgress{out: errOut, onTerm: isTerminal(errOut), shown: began}
	count, err := contacts.Load(ctx, org, func() (contact.ArchiveRow, error) {
		shown.advance("imported", fmt.Sprintf(", %d %%", 100*from.Count/max(info.Size(), 1)), time.Now())
		return reader.Next()
	})
	shown.clear()
	var row *contact.RowError
	switch {
	case contact.CodeOf(err) == contact.Taken && !errors.As(err, &row): // which says itself what to do
		return fmt.Errorf("import %s as %q: %w", name, org, err)
	case err != nil:
		return fmt.Errorf("import %s as %q: %w\nNothing of it is visible yet. The same import can be run again", name, org, err)
	}
	return reportCount(out, "imported", org, count, time.Since(began))
}

// openAlone opens the store for a command that nothing may run beside.
func openAlone(ctx context.Context, cfg *Config, what string, log *slog.Logger) (*contact.Contacts, func() error, error) {
	db, err := cfg.openStore(ctx, store.Settings{Log: log})
	if err != nil {
		var held *store.HeldError
		if errors.As(err, &held) {
			return nil, nil, fmt.Errorf("the %s needs the store for itself: %w", what, err)
		}
		return nil, nil, err
	}
	deps, _ := domainDeps(db)
	return contact.New(deps), db.Close, nil
}

func reportCount(to io.Writer, done string, org contact.OrgID, n contact.ArchiveCount, took time.Duration) error {
	_, err := fmt.Fprintf(to, "%s %q: %d contacts, %d notes, %d definitions, %d groups in %.1f s\n",
		done, org, n.Contacts, n.Notes, n.Definitions, n.Groups, took.Seconds())
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// rowProgress shows how many rows are done: in one line of a terminal, else by lines. Its own failures do not matter.
type rowProgress struct {
	out    io.Writer
	onTerm bool
	rows   int
	shown  time.Time
}

// advance is called once for each row; more is said behind the number.
func (p *rowProgress) advance(done, more string, now time.Time) {
	p.rows++
	switch since := now.Sub(p.shown); {
	case p.onTerm && since >= importer.TerminalEvery:
		_, _ = fmt.Fprintf(p.out, "\r%s %d rows%s\x1b[K", done, p.rows, more)
	case !p.onTerm && since >= importer.LogEvery:
		_, _ = fmt.Fprintf(p.out, "%s %d rows%s\n", done, p.rows, more)
	default:
		return
	}
	p.shown = now
}

// clear takes the line of a terminal away.
func (p *rowProgress) clear() {
	if p.onTerm {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
