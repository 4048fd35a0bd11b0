package sqlite_test

import (
	"path/filepath"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
	"contactpanel/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) contact.Store { return openTemp(t) })
}

// openTemp opens an empty store. The suite closes it.
func openTemp(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
