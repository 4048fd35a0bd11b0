package sqlite_test

import (
	"path/filepath"
	"testing"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
	"contactpanel/store/storetest"
)

func TestLiveNotes(t *testing.T) {
	storetest.RunLive(t, storetest.Live{
		Place: func(t *testing.T) storetest.Place {
			t.Helper()
			path := filepath.Join(t.TempDir(), "store.db")
			return storetest.Place{Open: func() (contact.Store, error) { return sqlite.Open(t.Context(), path) }}
		},
		Gateways: 1, // a file belongs to one process, and one store in it
		Ports:    contact.Deps{Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}},
		Rounds:   2,
	})
}
