package graph_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"contactpanel/graph"
)

// parts is the beginning of a message that is not its end.
const parts = 0x01

func TestC10FramesThatAreNoneCloseTheSocket(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	unmasked := append(head(lastText, len(ping), 0), ping...)
	for name, tt := range map[string]struct {
		frames []byte
		want   string // its beginning
	}{
		"unmasked":                     {unmasked, "1002 "},
		"compressed":                   {frame(lastText|0x40, ping), "1002 "},
		"with the second reserved bit": {frame(lastText|0x20, ping), "1002 "},
		"with the third reserved bit":  {frame(lastText|0x10, ping), "1002 "},
		"of kind 3":                    {frame(0x83, ping), "1002 "},
		"of kind 11":                   {frame(0x8b, ""), "1002 "},
		"a ping of 126 bytes":          {frame(lastPing, strings.Repeat("x", 126)), "1002 "},
		"a ping of 200 bytes":          {frame(lastPing, strings.Repeat("x", 200)), "1002 "},
		"a ping in parts":              {frame(0x09, "x"), "1002 "},
		"a close in parts":             {frame(0x08, ""), "1002 "},
		"a close of one byte":          {frame(lastClose, "x"), "1002 "},
		"a close with code 1005":       {frame(lastClose, "\x03\xed"), "1002 "},
		"the rest of no message":       {frame(0x80, ping), "1002 "},
		"a message within another":     {append(frame(parts, ping), frame(lastText, ping)...), "1002 "},
		"a negative length":            {append([]byte{lastText, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<63)...), "1002 "},
		"text that is not UTF-8":       {frame(lastText, "{\"type\":\"\xff\xfe\"}"), "4400 Invalid message: it is not valid UTF-8"},
		"a surrogate in UTF-8":         {frame(lastText, "{\"type\":\"\xed\xa0\x80\"}"), "4400 Invalid message: it is not valid UTF-8"},
		"binary":                       {frame(lastBinary, ping), "4400 Invalid message: it is binary"},
		"an empty message":             {frame(lastText, ""), "4400 Invalid message: "},
	} {
		for _, isKnown := range []bool{false, true} {
			w := l.wire(t)
			if isKnown {
				w.say(l.initAs(t, adam))
				w.hears(ack)
			}
			l.store.seen.take()
			w.write(tt.frames)
			if texts, pongs, got := w.end(); !strings.HasPrefix(got, tt.want) || texts+pongs > 0 {
				t.Errorf("%s: %q after %d answers, want %q", name, got, texts+pongs, tt.want)
			}
			if calls := l.store.seen.take(); len(calls) > 0 {
				t.Errorf("%s: the store is asked %v", name, calls)
			}
		}
	}
	beside.answers()
}

func TestMessagesInPartsAreRead(t *testing.T) {
	l := newLive(t)
	w := l.wire(t)
	message := l.initAs(t, ada)
	for i := range len(message) {
		first := byte(0)
		if i == 0 {
			first = parts
		}
		w.write(frame(first, message[i:i+1]))
		if i == 10 { // control frames may come between
			w.write(frame(lastPing, "between"))
			if kind, got, err := w.frame(); kind != lastPong || got != "between" || err != nil {
				t.Fatalf("frame %x %q %v, want the pong", kind, got, err)
			}
		}
	}
	w.write(frame(0x80, ""))
	w.hears(ack)
	masked := append(head(lastText, len(ping), 0x80), 1, 2, 3, 4)
	for i := range len(ping) {
		masked = append(masked, ping[i]^byte(i%4+1))
	}
	w.write(masked)
	w.hears(pong)
	w.write(frame(lastPing, strings.Repeat("x", 125)))
	if kind, got, err := w.frame(); kind != lastPong || len(got) != 125 || err != nil {
		t.Errorf("frame %x %q %v, want the pong of 125 bytes", kind, got, err)
	}
	w.write(frame(lastClose, "\x03\xe8bye"))
	w.isClosed("1000 bye")
}

func TestC9MessageThatDoesNotEndClosesTheSocketInTime(t *testing.T) {
	const limit = 400 * time.Millisecond
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.MessageTime, d.Limits.Live.CloseHandshake = limit, limit })
	beside := l.socket(t, ada)
	huge := append(append([]byte{lastText, 0xff}, binary.BigEndian.AppendUint64(nil, 1<<62)...), 0, 0, 0, 0)
	for name, start := range map[string][]byte{
		"announced as 2^62 bytes": huge, "begun": frame(parts, "{"), "half a frame": frame(lastText, ping)[:10],
	} {
		w := l.wireAs(t, adam)
		began := time.Now()
		w.write(start)
		w.isClosed("4499 Terminated")
		if lived := time.Since(began); lived < limit || lived > 5*time.Second {
			t.Errorf("%s: closed after %v, want %v", name, lived, limit)
		}
	}
	w := l.wireAs(t, adam) // data for a frame that is too long
	w.write(huge)
	w.try([]byte(strings.Repeat(" ", 65<<10))) // the server may close before it has read it all
	w.isClosed("1009 read limited at 65537 bytes")

	pause := time.NewTimer(2 * limit)
	<-pause.C // between messages there is time
	beside.answers()
}

func TestC9FramesWithoutEndCloseTheSocket(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) {
		d.Limits.Live.MessageTime, d.Limits.Live.CloseHandshake = 2*time.Second, 200*time.Millisecond
	})
	beside := l.socket(t, ada)
	w := l.wireAs(t, adam)
	w.write(frame(parts, "{"))
	many := []byte(strings.Repeat(string(frame(0, "")), 10_000))
	start := time.Now()
	for time.Since(start) < allowed && w.try(many) == nil {
		continue
	}
	<-l.doors.of(w.LocalAddr())
	if lived := time.Since(start); lived > 5*time.Second {
		t.Errorf("closed after %v, want 2 s at most", lived)
	}
	beside.answers()
}
