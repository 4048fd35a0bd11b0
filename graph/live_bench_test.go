package graph_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/graph"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
)

// BenchmarkIdleSubscriber says what a subscriber who hears nothing keeps of this process, which is the server and, with less
// than a KiB for each, the clients: heap and stacks after a garbage collection, and goroutines.
func BenchmarkIdleSubscriber(b *testing.B) {
	const subscribers = 2000
	for b.Loop() {
		db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "idle.db"))
		if err != nil {
			b.Fatal(err)
		}
		w := newWorldOn(b, db, func(d *graph.Deps) {
			d.Limits.Live.Sockets = subscribers + 1
			d.Contacts = contact.New(contact.Deps{ // without what tests put before the store
				Store: db, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}, Now: time.Now, NewID: contact.RandomID,
			})
		})
		id := upsert(b, w)
		authorization := "Bearer " + strings.TrimPrefix(w.token(b, ada), "Bearer ")
		idleSubscriber(b, w.url, authorization, id) // what the first one needs stays for all
		heap, stack, goroutines := kept()
		for range subscribers {
			idleSubscriber(b, w.url, authorization, id)
		}
		heap2, stack2, goroutines2 := kept()
		b.ReportMetric(float64(heap2-heap)/1024/subscribers, "heap-KiB/subscriber")
		b.ReportMetric(float64(stack2-stack)/1024/subscribers, "stack-KiB/subscriber")
		b.ReportMetric(float64(goroutines2-goroutines)/subscribers, "goroutines/subscriber")
		b.ReportMetric(0, "ns/op")
	}
}

func upsert(b *testing.B, w *world) contact.ID {
	b.Helper()
	got := w.ask(b, feed, `mutation { upsertContact(input: { name: "Idle" }) { contact { id } } }`, nil)
	id, _ := got.at(b, "data", "upsertContact", "contact", "id").(string)
	return contact.ID(id)
}

// kept is what lives: a stack shrinks by half with each collection.
func kept() (heap, stack int64, goroutines int) {
	for range 12 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse), runtime.NumGoroutine()
}

// idleSubscriber opens a socket, subscribes, and never looks at it again.
func idleSubscriber(b *testing.B, url, authorization string, of contact.ID) {
	b.Helper()
	host := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", host)
	r := bufio.NewReaderSize(conn, 1024)
	if response, err := http.ReadResponse(r, nil); err != nil || response.StatusCode != http.StatusSwitchingProtocols { //nolint:bodyclose // there is none behind a handshake
		b.Fatalf("the handshake: %v %v", response, err)
	}
	say := func(text string, until string) {
		out := []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0} // RFC 6455, 5.2
		if _, err := conn.Write(append(out, text...)); err != nil {
			b.Fatal(err)
		}
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err != nil {
			b.Fatal(err)
		}
		size := int(head[1])
		if size == 126 {
			size = 0
			for range 2 {
				next, err := r.ReadByte()
				if err != nil {
					b.Fatal(err)
				}
				size = size<<8 | int(next)
			}
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(r, payload); err != nil || !strings.Contains(string(payload), until) {
			b.Fatalf("got %s %v, want %s", payload, err, until)
		}
	}
	say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q,"padding":%q}}`, authorization, strings.Repeat(" ", 100)), "connection_ack")
	const document = `subscription Notes($id: ID!, $after: String) { noteEvents(contactId: $id, after: $after) {
		__typename cursor ... on NoteChange { noteId version at clientMutationId actor { id name } }
		... on NoteAdded { noteEdge { cursor node { ...N } } } ... on NoteEdited { note { ...N } } } }
		fragment N on Note { id body createdAt version viewerCanEdit author { id name } lastEditedAt lastEditedBy { id name } }`
	after := contact.Head{Epoch: 1, Seq: 1}.Cursor() // answered with a resync: the subscription runs
	say(`{"id":"1","type":"subscribe","payload":{"query":`+strconv.Quote(document)+`,"variables":{"id":"`+string(of)+`","after":"`+after+`"}}}`, "Resync")
}
