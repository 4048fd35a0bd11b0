package storetest

import (
	"pgregory.net/rapid"

	"contactpanel/contact"
)

// verb is what happens in a step of the model.
type verb string

const (
	// An agent writes.
	addNote      verb = "add a note"
	addAgain     verb = "send the last one again"
	editNow      verb = "edit a note"
	editStale    verb = "edit a note that changed since"
	deleteNote   verb = "delete a note"
	restoreNote  verb = "restore a note"
	setAttribute verb = "set an attribute"
	changeVIP    verb = "promote to VIP or remove"
	addTogether  verb = "add several at once through all gateways"
	editMuch     verb = "edit many times in one go"

	// A client opens the panel: it reads the contact with its heads, the notes page by page, and then follows.
	lookAt   verb = "read the contact"
	turnPage verb = "read a page of notes"
	showAll  verb = "read the other pages and follow"
	// Or it only follows.
	openPresent verb = "follow from now on"
	openForeign verb = "follow behind a foreign cursor"
	comeBack    verb = "follow behind the last cursor"
	comeEarlier verb = "follow behind an earlier cursor"
	// And then it reads, or does not.
	next      verb = "wait for what comes"
	interrupt verb = "end a wait and go on"
	readAll   verb = "read all there is"
	leave     verb = "leave"

	// The world goes on.
	trim        verb = "sweep the log"
	restart     verb = "start a gateway again"
	deafen      verb = "lose wake-ups"
	letTimePass verb = "let time pass"
	stall       verb = "hold back what is read for events"
	goOn        verb = "let it go on"
)

// often are the verbs that most of a plan is made of.
func often() []verb {
	return []verb{
		showAll, editNow, next, stall, addNote, readAll, editMuch, next, deleteNote, comeBack, setAttribute, openForeign, next, restoreNote, showAll, editNow,
		lookAt, addNote, next, changeVIP, turnPage, editNow, readAll, openPresent, next, stall, addNote, interrupt, comeEarlier, comeBack, showAll, readAll,
	}
}

// move is one step. What makes no sense at the time does nothing.
type move struct {
	Verb    verb
	Gateway int
	Client  int
	Of      int // which contact
	Topic   contact.Topic
	Amount  int
}

// The world of a play.
const (
	clients  = 3
	contacts = 4 // of each organisation half of them
)

// plans are what rapid makes up.
func plans() *rapid.Generator[[]move] {
	verbs := append(often(), addAgain, editStale, addTogether, interrupt, leave, trim, restart, deafen, letTimePass, goOn)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		return move{
			Verb: rapid.SampledFrom(verbs).Draw(t, "verb"), Gateway: rapid.IntRange(0, 1).Draw(t, "gateway"), Client: rapid.IntRange(0, clients-1).Draw(t, "client"),
			// Mostly one contact of each organisation, with the same id, so that writers and followers meet.
			Of:     rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, 1, 1, 2, 3}).Draw(t, "contact"),
			Topic:  rapid.SampledFrom([]contact.Topic{contact.TopicNotes, contact.TopicNotes, contact.TopicNotes, contact.TopicContact}).Draw(t, "topic"),
			Amount: rapid.SampledFrom([]int{2, 65, 1, 3, 17, 150, 5, contact.MaxReplay + 1, 1, 64, contact.MaxReplay}).Draw(t, "amount"),
		}
	}), 30, 50)
}
