package importer

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// How often progress shows, that of other commands too: on a terminal as often as an eye follows, else as often as a log bears.
const (
	TerminalEvery = 100 * time.Millisecond
	LogEvery      = 5 * time.Second
)

// progress shows how far a file is read: as a bar on a terminal, else by lines. Its own failures do not matter.
type progress struct {
	out    io.Writer
	onTerm bool

	bar   *progressbar.ProgressBar
	file  string
	size  int64
	rows  int
	began time.Time
	shown time.Time

	waited     func() time.Duration // for a gateway, in the whole run
	waitedThen time.Duration        // when the file began
}

func newProgress(out io.Writer, onTerm bool, waited func() time.Duration) *progress {
	return &progress{out: out, onTerm: onTerm, waited: waited}
}

func (p *progress) begin(file string, size int64, now time.Time) {
	p.file, p.size, p.rows, p.began, p.shown = printable(file), max(size, 1), 0, now, now
	p.waitedThen = p.waited()
	if p.onTerm {
		p.bar = progressbar.NewOptions64(p.size,
			progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(p.file), progressbar.OptionShowBytes(true),
			progressbar.OptionThrottle(TerminalEvery), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	}
}

// advance is called once for each row.
func (p *progress) advance(bytesRead int64, now time.Time) {
	p.rows++
	if p.bar != nil {
		_ = p.bar.Set64(min(bytesRead, p.size-1)) // the last byte is for the end
		return
	}
	if now.Sub(p.shown) >= LogEvery {
		p.shown = now
		p.line(fmt.Sprintf("%d %% read, %d rows%s", min(100*bytesRead/p.size, 100), p.rows, p.waiting()))
	}
}

// clear takes the bar away for a line of the report; it comes back with the next row.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

func (p *progress) end(now time.Time) {
	p.stop()
	p.line(fmt.Sprintf("%d rows in %s%s", p.rows, now.Sub(p.began).Round(10*time.Millisecond), p.waiting()))
}

// waiting says how much of the time went by because a gateway asked for patience.
func (p *progress) waiting() string {
	if waited := (p.waited() - p.waitedThen).Round(10 * time.Millisecond); waited > 0 {
		return fmt.Sprintf(", of which %s waiting because the gateway asked for it", waited)
	}
	return ""
}

// stop takes the bar away for good.
func (p *progress) stop() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}

func (p *progress) line(text string) { _, _ = fmt.Fprintln(p.out, p.file+": "+text) }
