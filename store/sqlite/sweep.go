package sqlite

import (
	"context"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

// sweepBatch is how many rows one transaction of a sweep removes: few enough that a change waits only milliseconds.
const sweepBatch = 500

const (
	sqlSweepNotes = `DELETE FROM notes WHERE n IN
		(SELECT n FROM notes INDEXED BY notes_by_deletion WHERE deleted IS NOT NULL AND deleted < ?` + limited + `)`
	sqlSweepEvents = `DELETE FROM events WHERE (contact, topic, seq) IN
		(SELECT contact, topic, seq FROM events INDEXED BY events_by_time WHERE at < ?` + limited + `)`
	sqlSweepApplied = `DELETE FROM applied WHERE n IN
		(SELECT n FROM applied INDEXED BY applied_by_time WHERE at < ?` + limited + `)`
	sqlSweepRefusals = `DELETE FROM audit WHERE n IN
		(SELECT n FROM audit INDEXED BY audit_refused_by_time WHERE refused <> '' AND at < ?` + limited + `)`
)

// Sweep implements [contact.Store]. What it removed before an error stays removed and is counted.
func (s *Store) Sweep(ctx context.Context, limits contact.SweepLimits) (int, error) {
	if err := s.life.Enter(); err != nil {
		return 0, err
	}
	defer s.life.Leave()
	total := 0
	for _, of := range []struct {
		text  string
		limit record.Moment
	}{
		{sqlSweepNotes, record.NotBefore(limits.NotesDeleted)},
		{sqlSweepEvents, record.NotBefore(limits.Events)},
		{sqlSweepApplied, record.NotBefore(limits.Applied)},
		{sqlSweepRefusals, record.NotBefore(limits.Refusals)},
	} {
		for isMore := true; isMore; {
			var removed int64
			err := s.writer.do(ctx, func(ctx context.Context, t *tx) (err error) {
				removed, err = t.exec(ctx, of.text, int64(of.limit), sweepBatch)
				return err
			})
			if err != nil {
				return total, err
			}
			total += int(removed)
			isMore = removed == sweepBatch
		}
	}
	return total, nil
}
