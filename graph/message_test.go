package graph_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestMessagesSayWhatIsWrongAndWithHowMuch(t *testing.T) {
	w := newWorld(t)
	w.putFull(t)
	w.do(t, adam, `mutation { updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, editors: [ADMIN, INTEGRATION] }) { problems { code } } }`, nil)
	long := strings.Repeat("x", 201)
	for name, tt := range map[string]struct{ query, want string }{
		"a long search": {`{ contacts(search: "` + long + `") { totalCount } }`,
			`"extensions":{"code":"BAD_USER_INPUT","field":"search","got":201,"max":200,"what":"search"}`},
		"a negative version": {`mutation { deleteNote(input: { noteId: "note_full", expectedVersion: -1 }) { problems { code } } }`,
			`"message":"expectedVersion must not be negative"`},
		"a version to come": {`mutation { deleteNote(input: { noteId: "note_full", expectedVersion: 99 }) { problems { code message } } }`,
			`{"code":"CONFLICT","message":"The expected version is not known; it stands at version `},
		"no value of the enum": {"{\n  auditEntries(filter: { kinds: [NOTHING] }) { totalCount } }",
			`"message":"line 2, column 34: the value does not exist in \"AuditKind!\" enum."`},
		"a role too few": {`mutation { setAttribute(input: { contactId: "contact_full", key: "biography", values: [{ text: "x" }], expectedVersion: 0 }) { problems { code message } } }`,
			`"message":"Only these roles may edit this attribute: ADMIN, INTEGRATION."`},
		"a large body": {strings.Repeat(" ", 129<<10), `"message":"the body is larger than the 131,072 bytes that are allowed"`},
	} {
		if got := w.ask(t, ada, tt.query, nil); !strings.Contains(string(got.body), tt.want) {
			t.Errorf("%s: %s, want %s", name, got.body, tt.want)
		}
	}
	const set = `mutation { setAttribute(input: { contactId: \"contact_full\", key: \"biography\", values: [{ text: \"x\" }], expectedVersion: 0 }) { problems { message } } }`
	german := request{header: http.Header{"Accept-Language": {"de"}}, body: strings.NewReader(`{"query":"` + set + `"}`)}
	if got := w.send(t, german); !strings.Contains(string(got.body), `"Nur diese Rollen dürfen dieses Attribut bearbeiten: ADMIN, INTEGRATION."`) {
		t.Errorf("in German: %s", got.body)
	}
}
