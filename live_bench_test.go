package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
)

// BenchmarkLive is the way of a note from the call of addNote to the last subscriber of its contact, through the running
// program: HTTP, the store, the feed, loading, execution, WebSocket. Each subscriber has a socket of its own. Reported are the
// median and the 99th percentile of that time, the server's processor time for a delivered message (the write's share
// included) and what a subscriber adds to the server's resident memory, garbage of the handshakes included;
// BenchmarkIdleSubscriber of package graph says what stays of it.
func BenchmarkLive(b *testing.B) {
	for _, store := range []string{"sqlite", "mongo"} {
		for _, load := range []struct{ subscribers, contacts int }{{100, 1}, {500, 1}, {1000, 1}, {5000, 1}, {1000, 500}} {
			b.Run(fmt.Sprintf("%s/%d subscribers of %d", store, load.subscribers, load.contacts), func(b *testing.B) {
				args := []string{"--no-demo"}
				if store == "mongo" {
					b.Setenv("CONTACTPANEL_STORE", mongotest.Database(b))
				}
				benchmarkLive(b, start(b, b.TempDir(), args...), load.subscribers, load.contacts)
			})
		}
	}
}

func benchmarkLive(b *testing.B, p *process, subscribers, contacts int) {
	b.Helper()
	c := newCrowd(b, p, contacts)
	before := p.usage(b)
	for i := range subscribers {
		c.subscribe(b, i)
	}
	idle := p.usage(b)
	perSubscriber := float64(idle.resident-before.resident) / float64(subscribers)
	c.write(b, 0) // the first of each contact warms up
	var times []time.Duration
	messages := 0
	began := p.usage(b)
	for i := 0; b.Loop(); i++ {
		took, n := c.write(b, i%contacts)
		times, messages = append(times, took), messages+n
	}
	ended := p.usage(b)
	report(b, times)
	b.ReportMetric(float64((ended.processor-began.processor).Microseconds())/float64(messages), "cpu-µs/message")
	b.ReportMetric(perSubscriber/1024, "resident-KiB/subscriber")
}

// BenchmarkLiveBesideTheStalled is the same way for those who read, alone and beside a hundred who do not: these are cut off
// after some seconds, and until then nobody may notice them. The notes are long, so that they stall soon.
func BenchmarkLiveBesideTheStalled(b *testing.B) {
	for _, stalled := range []int{0, 100} {
		b.Run(fmt.Sprintf("400 subscribers and %d stalled", stalled), func(b *testing.B) {
			c := newCrowd(b, start(b, b.TempDir(), "--no-demo"), 1)
			c.body = strings.Repeat("Ein Vermerk mit Umlauten äöü. ", 66)
			for i := range 400 {
				c.subscribe(b, i)
			}
			for i := range stalled {
				c.stall(b, 400+i)
			}
			var times []time.Duration
			for b.Loop() {
				took, _ := c.write(b, 0)
				times = append(times, took)
			}
			report(b, times)
		})
	}
}

// report gives the percentiles, which say more than the mean.
func report(b *testing.B, times []time.Duration) {
	b.Helper()
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[int(share*float64(len(times)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}

// crowd is many subscribers in one process, as cheap as can be: they share the machine with the server.
type crowd struct {
	url      string
	headers  []string // of agents, each of whom has ten sockets
	contacts []string
	followed []int // subscribers of each contact who read
	body     string
	arrived  sync.WaitGroup
}

func newCrowd(b *testing.B, p *process, contacts int) *crowd {
	b.Helper()
	issuer, err := auth.Development(p.data)
	if err != nil {
		b.Fatal(err)
	}
	c := &crowd{url: p.url, followed: make([]int, contacts), body: "Asked for a call back in the afternoon; prefers the mobile number."}
	for i := range 500 {
		token, err := issuer.Issue(auth.TokenRequest{Agent: "agent" + strconv.Itoa(i), Org: "shop", Role: contact.RoleAgent}, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		c.headers = append(c.headers, "Bearer "+token)
	}
	for i := range contacts {
		c.contacts = append(c.contacts, makeContact(b, p.url, c.headers[0], "Contact "+strconv.Itoa(i)))
	}
	return c
}

// subscribe opens a socket and a subscription, and hears until the end of the benchmark.
func (c *crowd) subscribe(b *testing.B, i int) {
	b.Helper()
	r := c.stall(b, i)
	c.followed[i%len(c.contacts)]++
	go func() {
		for {
			kind, payload, err := readFrame(r)
			if err != nil {
				return // the benchmark is over
			}
			if kind == 1 && payload > 100 { // no ping
				c.arrived.Done()
			}
		}
	}()
}

// stall opens a socket and a subscription, and reads no event.
func (c *crowd) stall(b *testing.B, i int) *bufio.Reader {
	b.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /graphql HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", strings.TrimPrefix(c.url, "http://"))
	r := bufio.NewReaderSize(conn, 2048)
	if response, err := http.ReadResponse(r, nil); err != nil || response.StatusCode != http.StatusSwitchingProtocols { //nolint:bodyclose // there is none behind a handshake
		b.Fatalf("the handshake: %v %v", response, err)
	}
	of := i % len(c.contacts)
	send := func(text string) {
		if _, err := conn.Write(maskedFrame(text)); err != nil {
			b.Fatal(err)
		}
	}
	send(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q}}`, c.headers[i%len(c.headers)]))
	expect(b, r, "connection_ack")
	send(fmt.Sprintf(`{"id":"1","type":"subscribe","payload":{"query":%q,"variables":{"id":%q,"after":%q}}}`, liveDocument, c.contacts[of], c.cursor(b, of)))
	expect(b, r, "CaughtUp")
	return r
}

// liveDocument is what a panel subscribes with.
const liveDocument = `subscription Notes($id: ID!, $after: String) {
  noteEvents(contactId: $id, after: $after) {
    __typename cursor
    ... on NoteChange { noteId version at clientMutationId actor { id name } }
    ... on NoteAdded { noteEdge { cursor node { ...N } } }
    ... on NoteEdited { note { ...N } }
    ... on NoteRestored { noteEdge { cursor node { ...N } } }
  }
}
fragment N on Note { id body createdAt version viewerCanEdit author { id name } lastEditedAt lastEditedBy { id name } }`

func (c *crowd) cursor(b *testing.B, of int) string {
	b.Helper()
	a, err := ask(c.url, c.headers[0], `query($id: ID!) { contact(id: $id) { notesCursor } }`, map[string]any{"id": c.contacts[of]})
	return member[struct{ NotesCursor string }](b, a, err, "contact").NotesCursor
}

// write adds a note, and waits until all who follow the contact have heard of it.
func (c *crowd) write(b *testing.B, of int) (time.Duration, int) {
	b.Helper()
	n := c.followed[of]
	c.arrived.Add(n)
	began := time.Now()
	a, err := ask(c.url, c.headers[0], `mutation($i: AddNoteInput!) { addNote(input: $i) { problems { code } } }`,
		map[string]any{"i": map[string]any{"contactId": c.contacts[of], "body": c.body}})
	member[struct{}](b, a, err, "addNote")
	c.arrived.Wait()
	return time.Since(began), n
}

// maskedFrame is a text message of a client (RFC 6455, 5.2), masked with zeros.
func maskedFrame(text string) []byte {
	out := []byte{0x81}
	switch n := len(text); {
	case n < 126:
		out = append(out, 0x80|byte(n))
	default:
		out = append(out, 0x80|126, byte(n>>8), byte(n))
	}
	return append(append(out, 0, 0, 0, 0), text...)
}

// readFrame reads a frame of a server and gives its kind and the length of its payload.
func readFrame(r *bufio.Reader) (kind byte, payload int, err error) {
	kind, payload, err = readFrameHeader(r)
	if err == nil {
		_, err = r.Discard(payload)
	}
	return kind, payload, err
}

func readFrameHeader(r *bufio.Reader) (kind byte, payload int, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return 0, 0, err
	}
	payload = int(head[1])
	if payload == 127 {
		return 0, 0, errors.New("a frame of more than 64 KiB")
	}
	if payload == 126 {
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return 0, 0, err
		}
		payload = int(head[2])<<8 | int(head[3])
	}
	return head[0] & 0xf, payload, nil
}

// expect reads a message that holds the text.
func expect(b *testing.B, r *bufio.Reader, text string) {
	b.Helper()
	_, n, err := readFrameHeader(r)
	payload := make([]byte, n)
	if err == nil {
		_, err = io.ReadFull(r, payload)
	}
	if err != nil || !strings.Contains(string(payload), text) {
		b.Fatalf("got %s %v, want %s", payload, err, text)
	}
}

// usage is what a process has used of the machine.
type usage struct {
	processor time.Duration
	resident  int64 // bytes
}

// usage reads what the gateway has used (proc(5)); on other systems than Linux there are no figures.
func (p *process) usage(b *testing.B) usage {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("this system does not tell what a process uses")
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	number := func(i int) int64 {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	return usage{time.Duration(number(11)+number(12)) * tick, number(21) * int64(os.Getpagesize())}
}
