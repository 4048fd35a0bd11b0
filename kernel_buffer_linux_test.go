package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// sendBuffer is what Linux keeps for this process's end of the connection whose other end has the address, in bytes: twice what was
// asked for (socket(7)).
func sendBuffer(t *testing.T, other net.Addr) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		fd, err := strconv.Atoi(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		peer, err := syscall.Getpeername(fd)
		if at, ok := peer.(*syscall.SockaddrInet4); err != nil || !ok || at.Port != other.(*net.TCPAddr).Port {
			continue
		}
		size, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF)
		if err != nil {
			t.Fatal(err)
		}
		return size
	}
	t.Fatal("there is no such connection")
	return 0
}

func TestTheKernelBufferIsThatOfRequestsAndSockets(t *testing.T) {
	for flag, want := range map[string]int{"16KiB": 16 << 10, "40KiB": 40 << 10} {
		ctx, stop := context.WithCancel(t.Context())
		out, in := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"serve", "--no-demo", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--limit-kernel-buffer", flag}, in, io.Discard)
			in.Close()
		}()
		url := readUntil(out, urlPattern)
		go io.Copy(io.Discard, out)
		c := connect(t, url)
		if status, _ := c.get(t, "/livez"); status != http.StatusOK {
			t.Errorf("%s: status %d", flag, status)
		}
		if got := sendBuffer(t, c.LocalAddr()); got != 2*want {
			t.Errorf("%s: a connection has a buffer of %d, want %d", flag, got, 2*want)
		}
		var socket net.Conn
		client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (_ net.Conn, err error) {
			socket, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return socket, err
		}}}
		options := &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{"graphql-transport-ws"}}
		ws, _, err := websocket.Dial(t.Context(), url+"/graphql", options) //nolint:bodyclose // the library closes it
		if err != nil {
			t.Fatal(err)
		}
		if got := sendBuffer(t, socket.LocalAddr()); got != 2*want {
			t.Errorf("%s: a socket has a buffer of %d, want %d", flag, got, 2*want)
		}
		ws.CloseNow()
		c.Close()
		stop()
		if status := <-ended; status != exitFine {
			t.Errorf("the gateway ended with status %d", status)
		}
	}
}
