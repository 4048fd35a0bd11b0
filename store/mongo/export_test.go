package mongo

import (
	"context"
	"log/slog"

	"go.mongodb.org/mongo-driver/v2/event"
)

// ManyHolders is from how many holders on each key is asked for by itself.
const ManyHolders = manyHolders

// MaxReads is how many reads are at the server at once.
const MaxReads = maxConnections * readShare / 100

// OpenWatched opens a store whose commands are seen. Without bulk it behaves as with a server before MongoDB 8.0.
func OpenWatched(ctx context.Context, uri string, commands *event.CommandMonitor, withoutBulk bool) (*Store, error) {
	return open(ctx, uri, settings{log: slog.New(slog.DiscardHandler), commands: commands, noBulk: withoutBulk})
}

// Indexes are the listed ones, as "collection name", and those on _id that every collection has.
func Indexes() (listed, own []string) {
	for _, x := range indexes() {
		listed = append(listed, x.collection+" "+x.name)
	}
	for _, collection := range collections() {
		own = append(own, collection+" "+indexID)
	}
	return listed, own
}
