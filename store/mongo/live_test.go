package mongo_test

import (
	"log/slog"
	"sync"
	"testing"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/store/storetest"
)

func TestLiveNotes(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	var mu sync.Mutex // the server is for one goroutine at a time
	storetest.RunLive(t, storetest.Live{
		Place: func(t *testing.T) storetest.Place {
			t.Helper()
			uri := server.Database()
			return storetest.Place{
				Open: func() (contact.Store, error) { return mongo.Open(t.Context(), uri, slog.New(slog.DiscardHandler)) },
				LoseWakeUps: func() {
					mu.Lock()
					defer mu.Unlock()
					server.FailCommand(t, mongotest.Fault{Commands: []string{"getMore"}, App: watchApp, Times: 1, How: mongotest.Code(286)})
				},
			}
		},
		Gateways: 2,
		Ports:    contact.Deps{Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}},
		Rounds:   2,
	})
}
