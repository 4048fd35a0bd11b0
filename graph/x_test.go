package graph_test
import ("testing";"os")
func TestX(t *testing.T) {
	w := newFullWorld(t)
	q, _ := os.ReadFile("testdata/panel.graphql")
	for _, id := range []string{emptyContact, fullContact} {
	w.store.seen.take()
	a := w.ask(t, ada, string(q), map[string]any{"id": id})
	t.Logf("%d %s", a.status, a.body)
	t.Log(w.store.seen.take())
	}
	t.Log(w.log.take())
}
