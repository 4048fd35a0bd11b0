package contact

import (
	"context"
	"sync"
)

// stamp says of what state a thing is: a number that rises with its changes, within an epoch.
type stamp struct{ epoch, number int64 }

// covers reports whether a thing of this state has all that one of the other has.
func (s stamp) covers(other stamp) bool { return s.epoch == other.epoch && s.number >= other.number }

// later is the later of two states; of two epochs the one that was named last.
func later(a, b stamp) stamp {
	if a.covers(b) {
		return a
	}
	return b
}

// stamped is a thing and its state; the zero value is one that is not there.
type stamped[T comparable] struct {
	thing T
	stamp stamp
}

// loader reads the latest state of things of an organisation.
type loader[T comparable] func(ctx context.Context, org OrgID, ids []ID) (map[ID]stamped[T], error)

// reads reads things for events: each state of a thing once, whoever asks. A thing never becomes older.
type reads[T comparable] struct {
	mu      sync.Mutex
	kept    brief[orgKey, stamped[T]]
	running map[orgKey]chan struct{} // closed at the end of the read that goes on
}

// read returns the things, each of the wanted state or a later one, the zero value for one that is not there. All are of
// one organisation. What nobody has read yet is read with one call of load; what somebody reads is waited for.
func (r *reads[T]) read(
	ctx context.Context, wanted map[orgKey]stamp, load loader[T],
) (map[orgKey]T, error) {
	out := make(map[orgKey]T, len(wanted))
	for {
		mine, others := r.take(wanted, out)
		if len(mine) == 0 && others == nil {
			return out, nil
		}
		if len(mine) > 0 {
			if err := r.load(ctx, mine, wanted, out, load); err != nil {
				return nil, err
			}
		}
		if others != nil {
			select {
			case <-others: // what it read may do; else it is read again
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

// take puts into out what is known. Of the rest, mine is for the caller to read, and others is closed when a read of one
// that somebody else reads has ended.
func (r *reads[T]) take(wanted map[orgKey]stamp, out map[orgKey]T) (mine []orgKey, others <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, state := range wanted {
		if _, isThere := out[key]; isThere {
			continue
		}
		if have, ok := r.kept.get(key); ok && have.stamp.covers(state) {
			out[key] = have.thing
		} else if running, ok := r.running[key]; ok {
			others = running
		} else {
			mine = append(mine, key)
			r.running[key] = make(chan struct{})
		}
	}
	return mine, others
}

// load reads the things that take gave to the caller. What is read now is late enough for every event that was known before.
func (r *reads[T]) load(
	ctx context.Context, mine []orgKey, wanted map[orgKey]stamp, out map[orgKey]T,
	load loader[T],
) error {
	ids := make([]ID, len(mine))
	for i, key := range mine {
		ids[i] = key.id
	}
	var found map[ID]stamped[T]
	var err error
	defer func() { // in a panic too: nobody waits for ever
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, key := range mine {
			close(r.running[key])
			delete(r.running, key)
			if err == nil && found != nil {
				out[key] = r.put(key, found[key.id], wanted[key])
			}
		}
	}()
	found, err = load(ctx, mine[0].org, ids)
	return err
}

// put keeps what was read, unless something later is known; it returns what is kept. What is not there is kept too, as what
// it would have been.
func (r *reads[T]) put(key orgKey, got stamped[T], wanted stamp) T {
	if got == (stamped[T]{}) {
		got.stamp = wanted
	}
	if have, ok := r.kept.get(key); ok && have.stamp.epoch == got.stamp.epoch && have.stamp.number > got.stamp.number {
		return have.thing
	}
	r.kept.put(key, got)
	return got.thing
}

// isLatest reports whether a thing is the latest state that is known.
func (r *reads[T]) isLatest(key orgKey, thing T) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	have, ok := r.kept.get(key)
	return ok && have.thing == thing
}
