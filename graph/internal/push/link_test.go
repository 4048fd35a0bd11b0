package push

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// pipe is a link and its other end, both closed with the test.
func pipe(t *testing.T, l Limits) (*link, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() }) // a pipe's close does not fail
	return newLink(here, l), there
}

func TestLinkReadsNoMoreThanMessagesCanBe(t *testing.T) {
	l, there := pipe(t, Limits{Write: time.Second})
	go func() {
		many := make([]byte, 1<<20)
		for _, err := there.Write(many); err == nil; _, err = there.Write(many) {
			continue
		}
	}()
	read, start := 0, time.Now()
	for buffer := make([]byte, 64<<10); ; {
		n, err := l.Read(buffer)
		if errors.Is(err, errFlood) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		read += n
	}
	if most := incomingBurst + int(time.Since(start).Seconds()*incomingRate) + 64<<10; read < incomingBurst-64<<10 || read > most {
		t.Errorf("%d bytes were read, want %d to %d", read, incomingBurst, most)
	}
}

func TestLinkWritesWithinTheTimeOfAWriteAndOfTheEnd(t *testing.T) {
	const short = 50 * time.Millisecond
	for name, tt := range map[string]struct {
		write time.Duration
		end   []time.Duration // the first one counts
	}{
		"a write's": {short, nil}, "the end's": {time.Hour, []time.Duration{short, time.Hour}}, "the earlier": {short, []time.Duration{time.Hour}},
	} {
		l, _ := pipe(t, Limits{Write: tt.write})
		for _, end := range tt.end {
			l.endWithin(end)
		}
		start := time.Now()
		if _, err := l.Write([]byte("nobody reads")); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > 10*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(start))
		}
	}
}

func TestEndOfALinkEndsWhatGoesOn(t *testing.T) {
	l, _ := pipe(t, Limits{Write: time.Hour})
	failed := make(chan error, 2)
	go func() { _, err := l.Write([]byte("nobody reads")); failed <- err }()
	go func() { _, err := l.Read(make([]byte, 1)); failed <- err }()
	l.endWithin(50 * time.Millisecond)
	for range 2 {
		if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	}
	l.readWithin(0) // what was being read is no reason to go on
	if _, err := l.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the end: %v", err)
	}
}

func TestReadingOfALinkHasItsTimeUntilItIsTakenBack(t *testing.T) {
	l, there := pipe(t, Limits{Write: time.Second})
	l.readWithin(20 * time.Millisecond)
	if _, err := l.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("within the time: %v", err)
	}
	l.readWithin(0)
	go there.Write([]byte("x")) // the read shows it
	if n, err := l.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("without a time: %d bytes, %v", n, err)
	}
}

func TestWhatCameEarlyIsReadFirst(t *testing.T) {
	_, there := pipe(t, Limits{})
	there.Close() // a pipe's close does not fail
	p := &prefixed{[]byte("early"), there}
	var got []byte
	for one := make([]byte, 2); ; {
		n, err := p.Read(one)
		got = append(got, one[:n]...)
		if err != nil {
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Error(err)
			}
			break
		}
	}
	if string(got) != "early" {
		t.Errorf("%q", got)
	}
}
