package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

// noteText is a note's text by its place in the list of abuses.
type noteText struct {
	row, name, body string
	stored          string // "" as it came
	refused         string // the verdict; "" for one that is stored
}

const (
	family     = "👨‍👩‍👧‍👦" // seven code points
	visible    = "at least one visible character"
	characters = "any characters but control characters other than line feed and tab"
)

func tooLongNote(got int) string { return tooLong("body", 2000, got, contact.CodePoints) }

var noteTexts = []noteText{
	{"F1", "2,000 letters", strings.Repeat("a", 2000), "", ""},
	{"F1", "2,001 letters", strings.Repeat("a", 2001), "", tooLongNote(2001)},
	{"F1", "2,000 letters between white space", "\n  " + strings.Repeat("a", 2000) + "\t ", strings.Repeat("a", 2000), ""},
	{"F2", "2,000 emoji of four bytes", strings.Repeat("😀", 2000), "", ""},
	{"F2", "2,001 emoji of four bytes", strings.Repeat("😀", 2001), "", tooLongNote(2001)},
	{"F3", "285 families of seven code points", strings.Repeat(family, 285), "", ""},
	{"F3", "286 families of seven code points", strings.Repeat(family, 286), "", tooLongNote(2002)},
	{"F4", "1,000 letters with a combining mark", strings.Repeat("e\u0301", 1000), "", ""},
	{"F4", "1,000 letters with a combining mark and one", strings.Repeat("e\u0301", 1000) + "e", "", tooLongNote(2001)},
	{"F4", "2,000 precomposed letters", strings.Repeat("\u00e9", 2000), "", ""},
	{"F4", "a letter that NFC would make longer", strings.Repeat("\U0001d15e", 2000), "", ""},
	{"F5", "a letter under 1,999 marks", "a" + strings.Repeat("\u0301", 1999), "", ""},
	{"F5", "a letter under 2,000 marks", "a" + strings.Repeat("\u0301", 2000), "", tooLongNote(2001)},
	{"F6", "empty", "", "", invalidText("body", visible)},
	{"F6", "spaces", "  \u00a0\u3000 ", "", invalidText("body", visible)},
	{"F6", "line ends and tabs", "\r\n\t\n", "", invalidText("body", visible)},
	{"F6", "a zero-width space", "\u200b", "", invalidText("body", visible)},
	{"F6", "a Hangul filler", "\u3164", "", invalidText("body", visible)},
	{"F7", "1,001 CRLF between letters", "a" + strings.Repeat("\r\n", 1001) + "b", "a" + strings.Repeat("\n", 1001) + "b", ""},
	{"F7", "2,000 code points when CRLF is one", strings.Repeat("a\r\n", 999) + "bc", strings.Repeat("a\n", 999) + "bc", ""},
	{"F7", "2,001 code points when CRLF is one", strings.Repeat("a\r\n", 999) + "bcd", "", tooLongNote(2001)},
	{"F7", "a lone CR", "a\rb\r\rc\n\rd", "a\nb\n\nc\n\nd", ""},
	{"F8", "line feed and tab", "a\n\tb", "", ""},
	{"F10", "an override of direction", marker + "\u202etxt.exe", "", ""},
	{"F10", "an isolate that is not closed", marker + "\u2066open", "", ""},
	{"F10", "tags", marker + "\U000E0001\U000E0041\U000E007F", "", ""},
	{"F11", "right to left with joiners", "שלום \u200dعلی\u200cها \u200f!", "", ""},
	{"F11", "marks upon marks", "Z\u0351\u036b\u0343\u036aa\u0321\u0353l\u0334g\u0319\u0349o\u031b", "", ""},
	{"F11", "the widest ligature", strings.Repeat("\ufdfd", 2000), "", ""},
	{"F11", "666 words of three letters that join", strings.Repeat("\u0635\u0644\u0649", 666), "", ""},
	{"F11", "separators of lines and paragraphs", "a\u2028b\u2029c", "", ""},
	{"F11", "a flag, a keycap and a skin colour", "🏳️‍🌈 1️⃣ 👍🏽", "", ""},
	{"F12", "HTML", marker + `<script>alert("1 & 2")</script><img src=x onerror='a()'>&lt;`, "", ""},
	{"F12", "Markdown", marker + "[x](javascript:alert(1)) **b** <!-- --> `c`", "", ""},
	{"F12", "a formula", "=cmd|' /C calc'!A0 " + marker, "", ""},
	{"F12", "formulas", "+1 " + marker + "\n-1\n@SUM(1)", "", ""},
	{"F12", "a look-up", marker + "${jndi:ldap://x.example/a}", "", ""},
	{"F12", "a template", marker + "{{7*7}} <%= 7*7 %> #{7*7}", "", ""},
	{"F12", "SQL", marker + `'; DROP TABLE notes; -- "`, "", ""},
	{"F12", "operators of a database", `{"$where":"sleep(1000)","$ne":null} ` + marker, "", ""},
	{"F12", "an escaped NUL", marker + `%00 \0 \u0000 \x00`, "", ""},
	{"F12", "what would be a comment of a document", "# " + marker, "", ""},
	{"F12", "formats and quotes", marker + `%s%n %d {0} \ " ''' """`, "", ""},
	{"F12", "a line that looks like the log's", marker + "\nlevel=ERROR msg=\"request failed\"", "", ""},
	{"F12", "an ANSI escape", marker + "\x1b[31mred\x1b[0m", "", invalidText("body", characters)},
	{"F12", "an ANSI escape of one character", marker + "\u009b31mred", "", invalidText("body", characters)},
	{"F12", "NUL before SQL", marker + "\x00' OR 1=1", "", invalidText("body", characters)},
}

// controls are the rows of F8 that are refused.
func controls() []noteText {
	var out []noteText
	add := func(r rune) {
		out = append(out, noteText{"F8", fmt.Sprintf("%U", r), marker + string(r) + "b", "", invalidText("body", characters)})
	}
	for r := rune(0); r <= 0x9f; r++ {
		if (r < 0x20 || r > 0x7e) && r != '\t' && r != '\n' && r != '\r' {
			add(r)
		}
	}
	for _, r := range []rune{0xfffe, 0xffff, 0xfdd0, 0xfdef, 0x1fffe, 0x10ffff} {
		add(r)
	}
	return out
}

func TestAbusesOfNotesAreStoredByteForByteOrRefused(t *testing.T) {
	w := newFullWorld(t)
	for _, tt := range append(noteTexts, controls()...) {
		t.Run(tt.row+", "+tt.name, func(t *testing.T) {
			before := w.ask(t, ada, addByVariable, input(map[string]any{"contactId": emptyContact, "body": "before"}))
			edited, kept := before.at(t, "data", "addNote", "note", "id"), w.kept(t, emptyContact)
			w.log.take()
			edit := w.ask(t, ada, editByVariable, input(map[string]any{"noteId": edited, "body": tt.body, "expectedVersion": 1}))
			document := `mutation { addNote(input: { contactId: "contact_empty", body: ` + literal(tt.body) + ` }) { note { id body } problems { ...P } } }` + problemParts
			for how, got := range map[string]answer{
				"addNote": w.ask(t, ada, addByVariable, input(map[string]any{"contactId": emptyContact, "body": tt.body})), "addNote by a literal": w.ask(t, ada, document, nil),
				"editNote": edit,
			} {
				w.checkText(t, tt, how, got)
			}
			if after := w.kept(t, emptyContact); tt.refused != "" && after != kept {
				t.Errorf("a refused text changed %.300s\nto %.300s", kept, after)
			}
			w.log.isClean(t)
		})
	}
}

func (w *world) checkText(t *testing.T, tt noteText, how string, got answer) {
	t.Helper()
	if got.verdict(t) != tt.refused {
		t.Errorf("%s: %.500s, want %q", how, got.body, tt.refused)
		return
	}
	field, _, _ := strings.Cut(how, " ")
	answered := got.at(t, "data", field, "note")
	if tt.refused != "" {
		if answered != nil || strings.Contains(string(got.body), marker) {
			t.Errorf("%s: the refusal has a note or repeats it: %.500s", how, got.body)
		}
		return
	}
	want := tt.stored
	if want == "" {
		want = tt.body
	}
	if got.at(t, "data", field, "note", "body") != want {
		t.Errorf("%s answers %.500q, want %.500q", how, answered, want)
	}
	if read := w.noteBody(t, got.at(t, "data", field, "note", "id")); read != want {
		t.Errorf("%s: read back is %.500q, want %.500q", how, read, want)
	}
}

// F10: the one text of people's choice that the log has is who they are.
func TestF10NamesInTheLogAreEscaped(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Eve\u202egpj", "Eve\u2066", "Eve\U000E0041", "Eve agent=Ada code=X"} {
		w.ask(t, auth.TokenRequest{Agent: name, Org: acme, Role: contact.RoleAgent}, "{ nothing }", nil)
		lines := w.log.take()
		if !strings.Contains(lines, fmt.Sprintf(" agent=%+q code=GRAPHQL_VALIDATION_FAILED ", name)) || strings.Count(lines, "\n") != 1 {
			t.Errorf("%q: the log has %q", name, lines)
		}
	}
}
