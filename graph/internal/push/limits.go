package push

import (
	"time"

	"contactpanel/graph/internal/limit"
)

// Limits bound what clients can make this process do. Their tags are what package limit reads.
type Limits struct {
	Message        limit.Bytes   `name:"message" env:"MESSAGE" default:"64KiB" most:"1024MiB" placeholder:"SIZE" help:"Message of a client on a socket. Default: ${default}."`
	MessageTime    time.Duration `name:"message-time" env:"MESSAGE_TIME" default:"10s" placeholder:"DURATION" help:"From the first byte of a message to its last. Default: ${default}."`
	Messages       int           `name:"messages" env:"MESSAGES" default:"100" placeholder:"N" help:"Messages of a socket that may come at once, control frames included. Default: ${default}."`
	MessageRate    int           `name:"message-rate" env:"MESSAGE_RATE" default:"5" placeholder:"N" help:"Messages of a socket a second in the long run. Default: ${default}."`
	Init           time.Duration `name:"init" env:"INIT" default:"10s" placeholder:"DURATION" help:"Until a socket has said who it is (connection_init). Default: ${default}."`
	Write          time.Duration `name:"write" env:"WRITE" default:"5s" placeholder:"DURATION" help:"One write to a socket or stream. Default: ${default}."`
	Ping           time.Duration `name:"ping" env:"PING" default:"20s" placeholder:"DURATION" help:"Between pings to a socket. Default: ${default}."`
	Silence        time.Duration `name:"silence" env:"SILENCE" default:"45s" placeholder:"DURATION" help:"Without a message, a pong included, until a socket is given up. Default: ${default}."`
	Subscriptions  int           `name:"subscriptions" env:"SUBSCRIPTIONS" default:"20" placeholder:"N" help:"Subscriptions of a socket. Default: ${default}."`
	Running        int           `name:"running" env:"RUNNING" default:"10" placeholder:"N" help:"Queries and mutations that run at once on a socket. Default: ${default}."`
	Sockets        int           `name:"sockets" env:"SOCKETS" default:"10" placeholder:"N" help:"Sockets of an agent. Default: ${default}."`
	Streams        int           `name:"streams" env:"STREAMS" default:"20" placeholder:"N" help:"Server-sent streams of an agent. Default: ${default}."`
	Unidentified   int           `name:"unidentified" env:"UNIDENTIFIED" default:"100" placeholder:"N" help:"Sockets of one address, which may be a proxy's, that have not said who they are. Default: ${default}."`
	Refusals       int           `name:"refused-handshakes" env:"REFUSED_HANDSHAKES" default:"100" most:"1000000" placeholder:"N" help:"Handshakes that are told at once by a close code why they are refused; the others by a status. Default: ${default}."`
	Connections    int           `name:"live-connections" env:"LIVE_CONNECTIONS" default:"5000" placeholder:"N" help:"Sockets and streams of the process. Default: ${default}."`
	KernelBuffer   limit.Bytes   `name:"kernel-buffer" env:"KERNEL_BUFFER" default:"128KiB" most:"1024MiB" placeholder:"SIZE" help:"What the operating system may hold for a client that does not read. Default: ${default}."`
	CloseHandshake time.Duration `name:"close-handshake" env:"CLOSE_HANDSHAKE" default:"2s" placeholder:"DURATION" help:"Until a client must have answered a close. Default: ${default}."`
	KeepAlive      time.Duration `name:"keep-alive" env:"KEEP_ALIVE" default:"15s" placeholder:"DURATION" help:"Between comments in a server-sent stream. Default: ${default}."`
	Recheck        time.Duration `name:"recheck" env:"RECHECK" default:"20s" most:"60s" placeholder:"DURATION" help:"Between two looks whether who has a socket or stream may still be here. Default: ${default}."`
	Life           time.Duration `name:"life" env:"LIFE" default:"12h" placeholder:"DURATION" help:"A socket or stream at most, up to a tenth less so that not all end at once. Default: ${default}."`
}
