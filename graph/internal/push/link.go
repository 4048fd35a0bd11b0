package push

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// link is a client's network connection with the bounds that a WebSocket library does not have: each write has its time, and
// so has the end of it all. It counts what comes in, because frames without content are no messages.
type link struct {
	net.Conn
	writeTime time.Duration
	incoming  *rate.Limiter

	mu    sync.Mutex
	until time.Time // when all ends; zero: not yet known
}

// The bytes that a client may send: more than its messages can be, and few enough that reading them costs next to nothing.
const (
	incomingRate  = 512 << 10 // a second in the long run
	incomingBurst = 8 << 20
)

var errFlood = errors.New("more bytes than messages can be")

// newLink takes over a connection.
func newLink(c net.Conn, l Limits) *link {
	return &link{Conn: c, writeTime: l.Write, incoming: rate.NewLimiter(incomingRate, incomingBurst)}
}

// Read reads, and fails when a client sends more than it has reason to.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if !l.incoming.AllowN(time.Now(), n) {
		return 0, errFlood
	}
	return n, err
}

// Write writes within the time of a write.
func (l *link) Write(p []byte) (int, error) {
	l.mu.Lock()
	deadline := time.Now().Add(l.writeTime)
	if !l.until.IsZero() && l.until.Before(deadline) {
		deadline = l.until
	}
	err := l.SetWriteDeadline(deadline)
	l.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return l.Conn.Write(p)
}

// readWithin bounds the reading from now on; zero: it may take for ever.
func (l *link) readWithin(t time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.until.IsZero() {
		return
	}
	var deadline time.Time
	if t > 0 {
		deadline = time.Now().Add(t)
	}
	l.SetReadDeadline(deadline) //nolint:errcheck // on a closed connection the read fails by itself
}

// endWithin bounds all reading and writing from now on, what goes on included.
func (l *link) endWithin(t time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		l.until = time.Now().Add(t)
		l.SetDeadline(l.until) //nolint:errcheck // on a closed connection nothing is left to bound
	}
}

// hijacker hands the WebSocket library the link instead of the connection, and smaller buffers than a server of HTTP needs:
// thousands of idle sockets keep theirs.
type hijacker struct {
	http.ResponseWriter
	limits Limits
	link   *link
	status int // that the library has answered with
}

// WriteHeader implements http.ResponseWriter.
func (h *hijacker) WriteHeader(status int) {
	h.status = status
	h.ResponseWriter.WriteHeader(status)
}

// Bytes of a socket's buffers. What is longer is read and written in several steps.
const (
	readBuffer  = 512
	writeBuffer = 1 << 10
)

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.link = newLink(c, h.limits)
	early, err := rw.Peek(rw.Reader.Buffered()) // what came behind the handshake
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	reader := bufio.NewReaderSize(h.link, max(readBuffer, len(early)))
	if len(early) > 0 {
		reader.Reset(&prefixed{early, h.link})
		if _, err := reader.Peek(len(early)); err != nil {
			return nil, nil, errors.Join(err, c.Close())
		}
	}
	return h.link, bufio.NewReadWriter(reader, bufio.NewWriterSize(h.link, writeBuffer)), nil
}

// prefixed reads what came early, then the rest.
type prefixed struct {
	early []byte
	net.Conn
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.early) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.early)
	p.early = p.early[n:]
	return n, nil
}
