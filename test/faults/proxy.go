// Package faults tries the product's MongoDB store over a network that fails: a proxy stands between the real driver and a
// real server, and cuts, delays or resets what goes through it. It is a module of its own so that the proxy's modules stay
// out of the product's.
//
// What a test does to a proxy holds for connections that are open and for new ones, until Heal.
package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"contactpanel/store/mongo/mongotest"
)

// Direction is a way through a proxy, in the proxy's own word for it.
type Direction string

// The two ways. What breaks among requests was never applied; what breaks among answers was, and nobody was told.
const (
	Requests Direction = "upstream"
	Answers  Direction = "downstream"
)

// Proxy stands in front of one server. It is for one goroutine at a time; clients may be many.
type Proxy struct {
	server *mongotest.Server
	proxy  *toxiproxy.Proxy
}

// Front puts a proxy in front of the server until the end of the test. It lets everything through at first.
func Front(tb testing.TB, server *mongotest.Server) *Proxy {
	tb.Helper()
	parent := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &Proxy{server: server, proxy: toxiproxy.NewProxy(parent, tb.Name(), "127.0.0.1:0", server.Address())}
	if err := p.proxy.Start(); err != nil {
		tb.Fatalf("start the proxy: %v", err)
	}
	tb.Cleanup(p.proxy.Stop)
	return p
}

// Database is the connection string, through the proxy, of an empty database that nobody else has.
func (p *Proxy) Database() string { return p.Through(p.server.Database()) }

// Through turns a connection string of the server into one through the proxy. It has the option directConnection, without
// which the driver goes on to the address that the server announces.
func (p *Proxy) Through(uri string) string {
	through := strings.Replace(uri, p.server.Address(), p.proxy.Listen, 1)
	if strings.Contains(through, "?") {
		return through + "&directConnection=true"
	}
	return through + "?directConnection=true"
}

// Cut closes every connection and refuses new ones.
func (p *Proxy) Cut() { p.proxy.Stop() }

// Delay holds everything that goes this way back for a time, in whole milliseconds, in order.
func (p *Proxy) Delay(tb testing.TB, way Direction, by time.Duration) {
	tb.Helper()
	p.add(tb, "latency", way, map[string]int64{"latency": by.Milliseconds()})
}

// Break closes a connection when the next bytes want to go this way; they do not arrive.
func (p *Proxy) Break(tb testing.TB, way Direction) {
	tb.Helper()
	p.add(tb, "limit_data", way, map[string]int64{"bytes": 0})
}

// CloseByReset makes the end of each connection that is opened from now on, by Cut or Break, a TCP reset: clients see an error
// in the place of an end. Call it before the client connects.
func (p *Proxy) CloseByReset(tb testing.TB) {
	tb.Helper()
	// A connection that was opened under this fault closes so; without likelihood it does nothing else.
	p.addLikely(tb, "reset_peer", Answers, map[string]int64{"timeout": 0}, 0)
}

// Swallow keeps connections open and lets nothing through this way. Heal closes them, since what was swallowed is gone.
func (p *Proxy) Swallow(tb testing.TB, way Direction) {
	tb.Helper()
	p.add(tb, "timeout", way, map[string]int64{"timeout": 0})
}

// Heal lets everything through again, on the same address.
func (p *Proxy) Heal(tb testing.TB) {
	tb.Helper()
	p.proxy.Toxics.ResetToxics(tb.Context())
	if err := p.proxy.Update(&toxiproxy.Proxy{Listen: p.proxy.Listen, Upstream: p.proxy.Upstream, Enabled: true}); err != nil {
		tb.Fatalf("heal the proxy: %v", err)
	}
}

func (p *Proxy) add(tb testing.TB, kind string, way Direction, attributes map[string]int64) {
	tb.Helper()
	p.addLikely(tb, kind, way, attributes, 1)
}

// addLikely puts one fault on one way, where it befalls this part of the connections. One of a kind and way at a time.
func (p *Proxy) addLikely(tb testing.TB, kind string, way Direction, attributes map[string]int64, part float32) {
	tb.Helper()
	text, err := json.Marshal(map[string]any{
		"name": fmt.Sprintf("%s of %s", kind, way), "type": kind, "stream": way, "attributes": attributes, "toxicity": part,
	})
	if err != nil {
		tb.Fatalf("describe the fault: %v", err)
	}
	if _, err := p.proxy.Toxics.AddToxicJson(bytes.NewReader(text)); err != nil {
		tb.Fatalf("add the fault %s: %v", text, err)
	}
}
