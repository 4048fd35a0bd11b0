package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// HeldError says that another process, or another Store of this one, holds the file. Its text is for the person who
// started the second one.
type HeldError struct {
	URL string // where the holder's gateway answers, "" when it announced none
	PID int    // of the holder, 0 when it cannot be known
}

// Error names the holder as far as it is known.
func (e *HeldError) Error() string {
	var b strings.Builder
	b.WriteString("the store is in use by another process")
	if e.PID != 0 {
		fmt.Fprintf(&b, " (pid %d)", e.PID)
	}
	if e.URL != "" {
		fmt.Fprintf(&b, ", a gateway at %s", e.URL)
	}
	b.WriteString(": stop it first, or name another file")
	return b.String()
}

// fileLock keeps a second process away from a database file. The lock is the kernel's on the lock file (flock), so that it
// ends with its holder whatever happens, and the file stays for ever: removing it would let two processes lock two files
// of one name.
//
// The holder's announcement is the content of the same file. It is believed only while the lock is held. It is emptied and
// written anew right after the lock was taken, and emptied before it is given back, so that what stands there is the
// present holder's; what a killed holder left is told, in that instant, by its process being gone.
type fileLock struct {
	flock *flock.Flock
	path  string
}

// announcement is the content of the lock file: one line of JSON. A line without its end is being written and does not
// count.
type announcement struct {
	PID int    `json:"pid"`
	URL string `json:"url,omitempty"`
}

// lockFile takes the lock, or fails with *HeldError at once.
func lockFile(path string) (*fileLock, error) {
	l := &fileLock{flock: flock.New(path, flock.SetPermissions(0o600)), path: path}
	taken, err := l.flock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the store: %w", err)
	}
	if !taken {
		a := readAnnouncement(path)
		return nil, &HeldError{URL: a.URL, PID: a.PID}
	}
	// A full disk must not keep the store from being read: then nobody is named.
	if err := l.announce(""); err != nil && !isFull(err) {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// announce writes who holds the lock.
func (l *fileLock) announce(url string) error {
	line, err := json.Marshal(announcement{os.Getpid(), url})
	if err != nil {
		return fmt.Errorf("announce the gateway: %w", err)
	}
	return l.write(append(line, '\n'))
}

func (l *fileLock) write(line []byte) error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("announce the gateway: %w", err)
	}
	_, err = f.Write(line)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("announce the gateway: %w", err)
	}
	return nil
}

// release takes the announcement away and gives the lock back.
func (l *fileLock) release() error {
	return errors.Join(l.write(nil), l.flock.Unlock())
}

// readAnnouncement returns the announcement of a lock that somebody holds, a zero one when there is none to believe.
func readAnnouncement(path string) announcement {
	raw, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
	if err != nil || len(raw) == 0 || raw[len(raw)-1] != '\n' {
		return announcement{}
	}
	var a announcement
	if json.Unmarshal(raw, &a) != nil || !isAlive(a.PID) {
		return announcement{}
	}
	return a
}
