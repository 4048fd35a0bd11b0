package main

import (
	"io"
	"net"
	"sync"
	"time"
)

// boundedListener tells connections above a bound to try again later, and closes them: without one the process would come to
// have no descriptor left for its store, and new clients would wait without a word. Who is connected stays so.
type boundedListener struct {
	net.Listener
	places  chan struct{} // full while no further connection is let in
	leaving chan struct{} // one for each that is being told
	telling sync.WaitGroup
}

// toldAtOnce is how many connections are told at once that there is no place; further ones are closed without a word.
const toldAtOnce = 64

// boundListener bounds the connections of a listener, also by what the operating system leaves for them: part of its
// descriptors is for the store, for other servers, and for those who are told that there is no place.
func boundListener(l net.Listener, connections int) *boundedListener {
	const ours = 128 + toldAtOnce
	if files := openFiles(); files > 0 {
		connections = min(connections, files-min(ours, files/2))
	}
	return &boundedListener{Listener: l, places: make(chan struct{}, connections), leaving: make(chan struct{}, toldAtOnce)}
}

// Accept gives the next connection for which there is a place.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.places <- struct{}{}:
			leave := sync.OnceFunc(func() { <-l.places })
			if tcp, ok := c.(*net.TCPConn); ok {
				return &boundedConn{tcp, leave}, nil
			}
			leave()
			return c, nil
		default:
			l.turnAway(c)
		}
	}
}

// Close also waits until everybody is told.
func (l *boundedListener) Close() error {
	err := l.Listener.Close()
	l.telling.Wait()
	return err
}

// noPlace is the whole answer, whatever is asked.
const noPlace = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

// turnAway tells a client that there is no place. It reads what the client sends until the client has gone: closed with bytes
// that nobody has read, the operating system would throw the answer away.
func (l *boundedListener) turnAway(c net.Conn) {
	select {
	case l.leaving <- struct{}{}:
	default:
		c.Close() //nolint:errcheck // nobody is left to tell
		return
	}
	l.telling.Go(func() {
		defer func() { <-l.leaving }()
		defer c.Close()                            //nolint:errcheck // as above
		c.SetDeadline(time.Now().Add(time.Second)) //nolint:errcheck // a connection that is closed already fails at its first use
		io.WriteString(c, noPlace)                 //nolint:errcheck // the client is gone; there is nobody to tell
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			half.CloseWrite() //nolint:errcheck // as above
		}
		io.Copy(io.Discard, io.LimitReader(c, 64<<10)) //nolint:errcheck // it ends with the time at the latest
	})
}

// boundedConn is a connection that has a place.
type boundedConn struct {
	*net.TCPConn
	leave func()
}

// Close makes room.
func (c *boundedConn) Close() error {
	defer c.leave()
	return c.TCPConn.Close()
}
