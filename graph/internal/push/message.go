package push

import (
	"bytes"
	"encoding/json"
	"sync"

	"contactpanel/graph/internal/strictjson"
)

// The message types of graphql-transport-ws that a client may send.
const (
	typeInit      = "connection_init"
	typeSubscribe = "subscribe"
	typeComplete  = "complete"
	typePing      = "ping"
	typePong      = "pong"
)

// Messages of the server that are always the same.
const (
	messageAck  = `{"type":"connection_ack"}`
	messagePing = `{"type":"ping"}`
	messagePong = `{"type":"pong"}`
)

// message is what a client says.
type message struct {
	kind    string
	id      string
	payload map[string]any // nil when there was none
}

// maxID is the longest operation id in bytes.
const maxID = 64

// readMessage reads a message as strictly as the protocol defines it; the text says what is wrong with it, "" when nothing is.
// Nothing that the client sent is quoted.
func readMessage(in []byte) (message, string) {
	value, err := strictjson.Parse(in)
	if err != nil {
		return message{}, err.Error()
	}
	members, ok := value.(map[string]any)
	if !ok {
		return message{}, "it is no object"
	}
	var m message
	if m.kind, ok = members["type"].(string); !ok {
		return m, "it has no type"
	}
	if payload := members["payload"]; payload != nil {
		if m.payload, ok = payload.(map[string]any); !ok {
			return m, "the payload is no object"
		}
	}
	switch m.kind {
	case typeInit, typePing, typePong:
		return m, ""
	case typeSubscribe, typeComplete:
	default:
		return m, "the type is none that a client sends"
	}
	if m.id, ok = members["id"].(string); !ok || !isID(m.id) {
		return m, "the id is no text of 1 to 64 printable ASCII characters"
	}
	if m.kind == typeSubscribe && m.payload == nil {
		return m, "there is no payload"
	}
	return m, ""
}

// isID reports whether an operation may have the id: it stands in close reasons and in every frame of the operation.
func isID(id string) bool {
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// maxPong is the largest payload of a ping, in bytes of JSON, that the pong repeats.
const maxPong = 1 << 10

// pongFor answers a ping, with its payload unless that is large.
func pongFor(ping message) []byte {
	if ping.payload == nil {
		return []byte(messagePong)
	}
	payload, err := json.Marshal(ping.payload)
	if err != nil || len(payload) > maxPong {
		return []byte(messagePong)
	}
	return append(append([]byte(`{"type":"pong","payload":`), payload...), '}')
}

// opening is the beginning of an operation's frames, up to the type.
func opening(id string) []byte {
	quoted, err := json.Marshal(id)
	if err != nil { // a string cannot fail
		quoted = []byte(`""`)
	}
	return append(append([]byte(`{"id":`), quoted...), `,"type":"`...)
}

// buffers are reused between frames; a very large one is not kept.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }} //nolint:gochecknoglobals // a pool

const keptBuffer = 64 << 10

// withBuffer lends a buffer.
func withBuffer(use func(b *bytes.Buffer)) {
	b, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	use(b)
	if b.Cap() <= keptBuffer {
		b.Reset()
		buffers.Put(b)
	}
}
