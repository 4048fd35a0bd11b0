package graph_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
)

// wire is a client that says what no library would: it writes its frames itself, and reads when it likes. It costs no
// goroutine.
type wire struct {
	tb testing.TB
	*net.TCPConn
	in *bufio.Reader
}

// Kinds of frames (RFC 6455, 5.2); each is the last of its message.
const (
	lastText   = 0x81
	lastBinary = 0x82
	lastClose  = 0x88
	lastPing   = 0x89
	lastPong   = 0x8a
)

// offers is the header that offers the subprotocol.
const offers = "Sec-WebSocket-Protocol: " + protocol

// connect opens a connection and says nothing.
func (l *live) connect(tb testing.TB) *wire {
	tb.Helper()
	c, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", strings.TrimPrefix(l.url, "http://"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() }) // most are closed
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		tb.Fatal("the connection is none of TCP")
	}
	return &wire{tb, tcp, bufio.NewReader(c)}
}

// handshake asks for a socket, with header lines besides those that every handshake has.
func (l *live) handshake(tb testing.TB, header ...string) (answer, *wire) {
	tb.Helper()
	w := l.connect(tb)
	w.write([]byte(handshakeText(header...)))
	got := w.response()
	return got, w
}

// response reads the head of the answer to a handshake.
func (w *wire) response() answer {
	w.tb.Helper()
	if err := w.SetReadDeadline(time.Now().Add(allowed)); err != nil {
		w.tb.Fatal(err)
	}
	response, err := http.ReadResponse(w.in, nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	defer response.Body.Close()
	return answer{status: response.StatusCode, header: response.Header}
}

// upgraded fails unless the handshake was accepted.
func (w *wire) upgraded() {
	w.tb.Helper()
	if got := w.response().status; got != http.StatusSwitchingProtocols {
		w.tb.Fatalf("status %d, want 101", got)
	}
}

func handshakeText(header ...string) string {
	return strings.Join(append([]string{
		"GET / HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
	}, header...), "\r\n") + "\r\n\r\n"
}

// wire opens a socket and says nothing.
func (l *live) wire(tb testing.TB) *wire {
	tb.Helper()
	w := l.connect(tb)
	w.write([]byte(handshakeText(offers)))
	w.upgraded()
	return w
}

// wireAs opens a socket and says who asks.
func (l *live) wireAs(tb testing.TB, who auth.TokenRequest) *wire {
	tb.Helper()
	w := l.wire(tb)
	w.say(l.initAs(tb, who))
	w.hears(ack)
	return w
}

// stalled subscribes to the notes of the empty contact and does not read from then on; what is on its way to it is little.
func (l *live) stalled(tb testing.TB, who auth.TokenRequest, after string) *wire {
	tb.Helper()
	w := l.wireAs(tb, who)
	if err := w.SetReadBuffer(4 << 10); err != nil {
		tb.Fatal(err)
	}
	w.say(asks(tb, "s", followed, map[string]any{"id": emptyContact, "after": after}))
	w.hears(caughtUp("s"))
	return w
}

// stalledWithAll is stalled with all the subscriptions that a socket may have, each of a document of its own whose answers
// are as large as those to one note can be.
func (l *live) stalledWithAll(tb testing.TB, who auth.TokenRequest, after string) *wire {
	tb.Helper()
	w := l.stalled(tb, who, after)
	var aliases strings.Builder
	for i := range 15 {
		fmt.Fprintf(&aliases, " a%d: note { body }", i)
	}
	for i := 1; i < 20; i++ {
		document := fmt.Sprintf("subscription S%d($id: ID!) { noteEvents(contactId: $id) { ... on NoteAdded {%s } } }", i, &aliases)
		w.say(asks(tb, fmt.Sprint(i), document, map[string]any{"id": emptyContact}))
	}
	w.say(ping)
	w.hears(pong) // all run
	return w
}

func (w *wire) write(raw []byte) {
	w.tb.Helper()
	if err := w.try(raw); err != nil {
		w.tb.Fatal(err)
	}
}

// try writes to a server that may have closed the connection.
func (w *wire) try(raw []byte) error {
	if err := w.SetWriteDeadline(time.Now().Add(allowed)); err != nil {
		return err
	}
	_, err := w.Write(raw)
	return err
}

// say sends a text.
func (w *wire) say(text string) {
	w.tb.Helper()
	w.write(frame(lastText, text))
}

// frame is a frame, masked with zeros, as a client must (RFC 6455, 5.3).
func frame(first byte, payload string) []byte {
	return append(append(head(first, len(payload), 0x80), 0, 0, 0, 0), payload...)
}

// head is a frame's first bytes, up to its mask.
func head(first byte, length int, mask byte) []byte {
	switch {
	case length < 126:
		return []byte{first, mask | byte(length)}
	case length < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(length))
	default:
		return binary.BigEndian.AppendUint64([]byte{first, mask | 127}, uint64(length))
	}
}

// frame reads a frame: its first byte and what it carries.
func (w *wire) frame() (byte, string, error) {
	if err := w.SetReadDeadline(time.Now().Add(allowed)); err != nil {
		return 0, "", err
	}
	var start [2]byte
	if _, err := io.ReadFull(w.in, start[:]); err != nil {
		return 0, "", err
	}
	if start[1]&0x80 != 0 {
		return 0, "", errors.New("a server must not mask")
	}
	length := uint64(start[1])
	if more := map[uint64]int{126: 2, 127: 8}[length]; more > 0 {
		var long [8]byte
		if _, err := io.ReadFull(w.in, long[8-more:]); err != nil {
			return 0, "", err
		}
		length = binary.BigEndian.Uint64(long[:])
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(w.in, payload)
	return start[0], string(payload), err
}

// hears fails unless the next frames are these texts.
func (w *wire) hears(want ...string) {
	w.tb.Helper()
	for _, text := range want {
		if kind, got, err := w.frame(); err != nil || kind != lastText || got != text {
			w.tb.Fatalf("frame %x %.300q %v, want the text %.300q", kind, got, err, text)
		}
	}
}

// end reads to the end: how many texts and pongs came, the close frame as "code reason", "" when none came.
func (w *wire) end() (texts, pongs int, closing string) {
	w.tb.Helper()
	for {
		kind, got, err := w.frame()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			w.tb.Fatal("the connection does not end")
		case err != nil:
			return texts, pongs, closing
		case kind == lastText:
			texts++
		case kind == lastPong:
			pongs++
		case kind == lastClose:
			closing = fmt.Sprintf("%d %s", binary.BigEndian.Uint16([]byte(got)), got[2:])
			w.try(frame(lastClose, got)) // a server that has cut the connection needs no answer
		}
	}
}

// isClosed fails unless the socket is closed so, with nothing before.
func (w *wire) isClosed(want string) {
	w.tb.Helper()
	if texts, _, got := w.end(); got != want || texts > 0 {
		w.tb.Errorf("the socket ends with %q after %d messages, want %q", got, texts, want)
	}
}
