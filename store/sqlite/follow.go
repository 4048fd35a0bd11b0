package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// A key travels as [org, contact, topic]; the answer names it by its place in the list.
const sqlHeads = `SELECT k.key, h.epoch, h.seq FROM json_each(?) k
	CROSS JOIN contacts c ON c.org = k.value ->> 0 AND c.id = k.value ->> 1
	CROSS JOIN heads h ON h.contact = c.n AND h.topic = k.value ->> 2`

// Follow implements [contact.Follower]. An open stream keeps nothing of the store, and Close ends it.
func (s *Store) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	if err := s.life.Enter(); err != nil {
		return nil, err
	}
	defer s.life.Leave()
	return s.feed.Follow(ctx, org, of, topic, after)
}

// followed is the store as its feed reads it. A reader sees every commit that returned before it began, and the writer
// announces after that.
type followed struct{ *Store }

var _ feed.Log = followed{}

// Heads implements [feed.Log].
func (s followed) Heads(ctx context.Context, keys []feed.Key) (map[feed.Key]contact.Head, error) {
	return read(ctx, s.Store, false, func(r reader) (map[feed.Key]contact.Head, error) { return r.heads(ctx, keys) })
}

func (r reader) heads(ctx context.Context, keys []feed.Key) (map[feed.Key]contact.Head, error) {
	named := make([][3]string, len(keys))
	for i, key := range keys {
		named[i] = [3]string{string(key.Org), string(key.Contact), string(key.Topic)}
	}
	list, err := json.Marshal(named)
	if err != nil {
		return nil, r.fail(err)
	}
	heads := make(map[feed.Key]contact.Head, len(keys))
	rows, err := r.session.query(ctx, sqlHeads, string(list))
	_, err = collect(rows, err, func(rows *sql.Rows) (place int, err error) {
		var head contact.Head
		if err = rows.Scan(&place, &head.Epoch, &head.Seq); err == nil {
			heads[keys[place]] = head
		}
		return place, err
	})
	return heads, r.fail(err)
}
