package push

import (
	"strconv"

	"github.com/coder/websocket"
)

// closing is why a socket is closed. The codes from 4400 are those of graphql-transport-ws; what its clients make of a code
// stands beside it.
type closing struct {
	code   websocket.StatusCode
	reason string // at most 123 bytes (RFC 6455, 5.5)
}

// The closings that say more than their place does.
var (
	// Retried by clients, with a new token where they have one.
	closeOld     = closing{websocket.StatusServiceRestart, "Open for long enough"}
	closeRestart = closing{websocket.StatusServiceRestart, "Service restart"}
	closeLater   = closing{websocket.StatusTryAgainLater, "Try again later"}
	closeSockets = closing{websocket.StatusTryAgainLater, "Too many sockets of one agent"}

	closeStrangers = closing{websocket.StatusTryAgainLater, "Too many sockets of one address that have not said who they are"}

	closeNoInit  = closing{4408, "Connection initialisation timeout"}
	closeSilent  = closing{4499, "Terminated"}
	closeRefused = closing{4403, "Forbidden"}
	closeExpired = closing{4403, "Token expired"}
	closeShutOut = closing{4403, "Agent deactivated"}

	// Final for clients: the program is wrong, and would do the same again.
	closeEarly    = closing{4401, "Unauthorized"}
	closeProtocol = closing{4406, "Subprotocol not acceptable"}
	closeTwice    = closing{4429, "Too many initialisation requests"}
	closeBroken   = closing{websocket.StatusInternalError, "Internal error"}
	closeTooMany  = closing{4429, "Too many messages"}
	closeFrames   = closing{websocket.StatusProtocolError, "Frames that are none"}
	closeLarge    = closing{websocket.StatusMessageTooBig, "Message too large"}

	closeGone = closing{websocket.StatusProtocolError, "Gone"} // nobody hears it
)

// name is the code as a text.
func (c closing) name() string { return strconv.Itoa(int(c.code)) }

// isRefusal reports whether the client is to blame for what it sent, and not for who it is, which the engine knows, or for
// saying nothing.
func (c closing) isRefusal() bool {
	switch c.code {
	case 4400, 4401, 4406, 4409, 4429, websocket.StatusMessageTooBig:
		return true
	default:
		return c == closeFrames || c == closeSockets || c == closeStrangers
	}
}

// excess is the limit that a connection is closed for.
func (s *Server) excess(why closing) Excess {
	switch why {
	case closeTooMany:
		return Excess{What: "messages", Max: s.Limits.Messages}
	case closeLarge:
		return Excess{What: "message", Max: int(s.Limits.Message)}
	case closeSockets:
		return Excess{What: "sockets", Max: s.Limits.Sockets}
	case closeStrangers:
		return Excess{What: "unidentified", Max: s.Limits.Unidentified}
	default:
		return Excess{}
	}
}

func malformed(why string) closing { return closing{4400, cut("Invalid message: "+why, 123)} }

func duplicate(id string) closing { return closing{4409, "Subscriber for " + id + " already exists"} }

// cut shortens a text of ASCII letters to a number of bytes.
func cut(s string, limit int) string { return s[:min(len(s), limit)] }
