//go:build unix

package mongo_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// childWriters is how many goroutines of another process write to one contact.
const childWriters = 3

// writeUntilKilled adds notes to a contact and prints the key of each when it was acknowledged.
func writeUntilKilled(number, uri string) {
	n, err := strconv.Atoi(number)
	if err != nil {
		panic(err)
	}
	s, err := mongo.Open(context.Background(), uri, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		panic(err)
	}
	for w := range childWriters {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d-%d-%d", n, w, i)
				// What is not known to be written is written again with its key.
				if _, err := addNote(context.Background(), s, contactID(n), key); err != nil {
					i--
					continue
				}
				fmt.Println(key) // one write, so that a line is whole or not there
			}
		}()
	}
	select {}
}

// child is another process that writes.
type child struct {
	cmd          *exec.Cmd
	lines        *bufio.Scanner
	acknowledged []string
}

func startChild(t *testing.T, n int, uri string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d:%s", childVariable, n, uri))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return &child{cmd: cmd, lines: bufio.NewScanner(out)}
}

// read reads so many acknowledgements.
func (c *child) read(t *testing.T, count int) {
	t.Helper()
	for range count {
		if !c.lines.Scan() {
			t.Fatal("the other process ended by itself")
		}
		c.acknowledged = append(c.acknowledged, c.lines.Text())
	}
}

// kill ends it in the midst of its work, and reads what it said last.
func (c *child) kill(t *testing.T) {
	t.Helper()
	must(t, c.cmd.Process.Kill())
	for c.lines.Scan() {
		c.acknowledged = append(c.acknowledged, c.lines.Text())
	}
	if err := c.cmd.Wait(); err == nil {
		t.Error("the other process ended by itself")
	}
}

func TestFollowersSeeAllThatAnotherProcessWroteHoweverItEnds(t *testing.T) {
	const rounds, own = 3, 100 // the number of the contact to which this process writes
	uri := mongotest.Database(t)
	s, _ := openSeen(t, uri, false)
	makeContacts(t, s, rounds)
	must(t, putContacts(t.Context(), s, own, own+1))
	mine := follow(t, s, own, nil)
	var written []string
	for n := range rounds {
		f := follow(t, s, n, nil)
		c := startChild(t, n, uri)
		c.read(t, 5+rand.N(20))
		// It stands still in the midst of its work, while others go on.
		must(t, c.cmd.Process.Signal(syscall.SIGSTOP))
		for i := range 5 {
			written = append(written, fmt.Sprint("own ", n, " ", i))
			note(t, s, own, written[len(written)-1])
		}
		mine.until(int64(len(written)))
		must(t, c.cmd.Process.Signal(syscall.SIGCONT))
		c.read(t, 5+rand.N(20))
		c.kill(t)
		seen := f.readTo(headOf(t, s, n).Seq)
		wantOnce(t, s, n, seen, c.acknowledged)
	}
	wantNotes(t, s, contactID(own), written...)
}

// wantOnce checks that every event was seen once, and that every acknowledged write is there.
func wantOnce(t *testing.T, s *mongo.Store, n int, seen map[string]int, acknowledged []string) {
	t.Helper()
	log, err := s.Events(t.Context(), org, contactID(n), contact.TopicNotes, 0, 1_000_000)
	must(t, err)
	var doubled []string
	for key, times := range seen {
		if times != 1 {
			doubled = append(doubled, key)
		}
	}
	if len(doubled) > 0 || len(seen) > len(log) {
		t.Errorf("written or seen more than once: %s", strings.Join(doubled, ", "))
	}
	for _, key := range acknowledged {
		if seen[key] != 1 {
			t.Errorf("%s was acknowledged and seen %d times", key, seen[key])
		}
	}
	t.Logf("%d acknowledged, %d seen", len(acknowledged), len(seen))
}
