package main

import (
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
)

// fleet is the gateways that may be asked: what a load balancer knows. Safe for concurrent use.
type fleet struct {
	mu   sync.Mutex
	urls []string
}

// pick is any gateway; "" when there is none.
func (f *fleet) pick() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.urls) == 0 {
		return ""
	}
	return f.urls[rand.IntN(len(f.urls))]
}

// replace takes one gateway for another; "" stands for none.
func (f *fleet) replace(old, by string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var urls []string
	for _, url := range append(f.urls, by) {
		if url != old && url != "" {
			urls = append(urls, url)
		}
	}
	f.urls = urls
}

// soakProxy stands between clients and any gateway, and cuts connections off.
type soakProxy struct {
	url  string
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func newSoakProxy(t *testing.T, to *fleet) *soakProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &soakProxy{url: "http://" + listener.Addr().String(), open: map[net.Conn]struct{}{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(c, strings.TrimPrefix(to.pick(), "http://")) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		for p.cutOne() {
		}
		serving.Wait()
	})
	return p
}

// serve copies both ways until one end closes or is cut.
func (p *soakProxy) serve(c net.Conn, address string) {
	defer c.Close()
	gateway, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer gateway.Close()
	p.mu.Lock()
	p.open[c] = struct{}{}
	p.mu.Unlock()
	back := make(chan struct{})
	go func() {
		defer close(back)
		io.Copy(c, gateway)
		c.Close()
	}()
	io.Copy(gateway, c)
	gateway.Close()
	<-back
	p.mu.Lock()
	delete(p.open, c)
	p.mu.Unlock()
}

// cutOne cuts any connection; false: there is none.
func (p *soakProxy) cutOne() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		delete(p.open, c)
		c.Close()
		return true
	}
	return false
}
