package sqlite_test

import (
	"path/filepath"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
	"contactpanel/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, openEmpty)
}

// openEmpty opens an empty store. The suite closes it.
func openEmpty(t *testing.T) contact.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	must(t, err)
	return s
}
