package graph_test

import (
	"net/http"
	"strings"
	"testing"
)

// F9: what is no Unicode text is refused as a whole, wherever it stands, because a reader that goes on would store U+FFFD.
func TestF9WhatIsNoTextIsRefusedAndNeverReplaced(t *testing.T) {
	w := newFullWorld(t)
	const (
		asVariable = `{"query":"mutation($b: String!) { addNote(input: { contactId: \"contact_empty\", body: $b }) { note { id } } }","variables":{"b":"` + marker + `@@"}}`
		asLiteral  = `{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"` + marker + `@@\" }) { note { id } } }"}`
		asBlock    = `{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"\"\"` + marker + `@@\"\"\" }) { note { id } } }"}`
	)
	const bad = "BAD_REQUEST"
	for _, tt := range []struct{ name, within, text, want string }{
		{"the first half of a pair, in JSON", asVariable, `\ud83d`, bad},
		{"the second half of a pair, in JSON", asVariable, `\ude00b`, bad},
		{"a pair turned round, in JSON", asVariable, `\ude00\ud83d`, bad},
		{"two first halves, in JSON", asVariable, `\uD83D\uD83D\uDE00`, bad},
		{"half a pair in JSON within a literal", asLiteral, `\ud83d`, bad},
		{"half a pair, escaped in a literal", asLiteral, `\\ud83d`, bad},
		{"half a pair in capitals, escaped in a literal", asLiteral, `\\uDE00`, bad},
		{"a pair turned round, escaped in a literal", asLiteral, `\\uDE00\\uD83D`, bad},
		{"half a pair in braces, escaped in a literal", asLiteral, `\\u{D83D}`, "GRAPHQL_PARSE_FAILED"},
		{"half a pair in long braces, escaped in a literal", asLiteral, `\\u{0000d83d}`, "GRAPHQL_PARSE_FAILED"},
		{"beyond Unicode, escaped in a literal", asLiteral, `\\u{110000}`, "GRAPHQL_PARSE_FAILED"},
		{"half a pair, escaped in a block string", asBlock, `\\ud83d`, bad},
		{"half a pair in JSON within a block string", asBlock, `\udead`, bad},
		{"CESU-8", asVariable, "\xed\xa0\xbd\xed\xb8\x80", bad},
		{"CESU-8 in a literal", asLiteral, "\xed\xa0\xbd\xed\xb8\x80", bad},
		{"CESU-8 in a block string", asBlock, "\xed\xa0\xbd\xed\xb8\x80", bad},
		{"an encoded half of a pair", asVariable, "\xed\xa0\x80", bad},
		{"an overlong slash", asVariable, "\xc0\xaf", bad},
		{"an overlong NUL", asVariable, "\xc0\x80", bad},
		{"an overlong slash of three bytes", asLiteral, "\xe0\x80\xaf", bad},
		{"an overlong slash of four bytes", asBlock, "\xf0\x80\x80\xaf", bad},
		{"a sequence that is cut off", asVariable, "\xf0\x9f\x98", bad},
		{"the rest of a sequence", asVariable, "\x98\x80", bad},
		{"a sequence beyond Unicode", asVariable, "\xf4\x90\x80\x80", bad},
		{"a sequence of five bytes", asVariable, "\xf8\x88\x80\x80\x80", bad},
		{"Latin-1", asVariable, "Stra\xdfe", bad},
		{"a byte of UTF-16", asVariable, "\xff\xfea\x00", bad},
	} {
		t.Run("F9, "+tt.name, func(t *testing.T) {
			before := w.kept(t, emptyContact)
			w.store.seen.take()
			w.log.take()
			got := w.send(t, request{body: strings.NewReader(strings.Replace(tt.within, "@@", tt.text, 1))})
			wantStatus := http.StatusBadRequest
			if tt.want != bad { // the document was understood to be one: see TestStatusFollowsFromTheMediaTypeAndWhatWentWrong
				wantStatus = http.StatusOK
			}
			if got.codes(t) != tt.want || got.status != wantStatus {
				t.Errorf("%d %s, want %d %s", got.status, got.body, wantStatus, tt.want)
			}
			if strings.Contains(string(got.body), "\ufffd") || strings.Contains(string(got.body), marker) {
				t.Errorf("the refusal repeats the text: %s", got.body)
			}
			w.store.seen.isUntouched(t)
			w.log.isClean(t)
			if after := w.kept(t, emptyContact); after != before {
				t.Errorf("it changed %s\nto %s", before, after)
			}
		})
	}
}

// The characters beside those of F9 are text like any other.
func TestF9WholeTextIsKept(t *testing.T) {
	w := newFullWorld(t)
	for name, tt := range map[string]struct{ within, want string }{
		"F9, a pair in JSON":                 {`{"query":"mutation($b: String!) { addNote(input: { contactId: \"contact_empty\", body: $b }) { note { id } } }","variables":{"b":"\ud83d\ude00"}}`, "😀"},
		"F9, the replacement character":      {`{"query":"mutation($b: String!) { addNote(input: { contactId: \"contact_empty\", body: $b }) { note { id } } }","variables":{"b":"\ufffd"}}`, "\ufffd"},
		"F9, a character beside the halves":  {`{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"\\uD7FF\\uE000\" }) { note { id } } }"}`, "\ud7ff\ue000"},
		"F9, a backslash that escapes none":  {`{"query":"mutation($b: String!) { addNote(input: { contactId: \"contact_empty\", body: $b }) { note { id } } }","variables":{"b":"\\ud83d"}}`, `\ud83d`},
		"F9, a character in a block string":  {`{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"\"\"\n  one 😀\n    two\n  \"\"\" }) { note { id } } }"}`, "one 😀\n  two"},
		"F9, an escape that is not one here": {`{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"\"\"\\u0041\\n\"\"\" }) { note { id } } }"}`, `\u0041\n`},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.send(t, request{body: strings.NewReader(tt.within)})
			if read := w.noteBody(t, got.at(t, "data", "addNote", "note", "id")); read != tt.want {
				t.Errorf("%s: read back is %q, want %q", got.body, read, tt.want)
			}
		})
	}
}
