package feed_test

import "pgregory.net/rapid"

// verb is what happens in a step of the model.
type verb int

const (
	commit       verb = iota // one gateway commits and announces at once; both hear of it later, or never
	hear                     // a gateway hears of one commit, in any order
	hearAgain                // and may hear of it again
	goDeaf                   // a gateway misses what it has not heard yet, and knows it
	missSilently             // or does not
	degrade                  // a gateway knows that it hears nothing for a while
	recoverAll               // and that it hears again
	openPresent
	openPosition
	openWrong // behind a position that never was
	look      // a client reads the first half of a snapshot
	show      // and the other half, and follows
	next      // a client asks for the next delivery
	leave
	step // a read that waits is let on
	trim
	renew
	outage
	pass // time
	verbs
)

// move is one step.
type move struct {
	Verb    verb
	Which   int // of the gateways, clients, keys, as the verb needs
	Amount  int
	Another int
}

// plans are what rapid makes up. Commits, reads and turns of the gate are most of it.
func plans() *rapid.Generator[[]move] {
	often := []verb{commit, commit, commit, commit, hear, hear, hear, next, next, next, next, next, next, step, step, step, step, step, openPosition, openPresent, look, show}
	all := often
	for v := range verbs {
		all = append(all, v)
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		return move{
			rapid.SampledFrom(all).Draw(t, "verb"), rapid.IntRange(0, 7).Draw(t, "which"),
			rapid.SampledFrom([]int{1, 1, 1, 1, 2, 3, 5, 64, 65, 150, 257, 300, 301}).Draw(t, "amount"), rapid.IntRange(0, 7).Draw(t, "another"),
		}
	}), 30, 150)
}
