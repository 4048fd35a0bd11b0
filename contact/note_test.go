package contact_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

const family = "👨‍👩‍👧‍👦" // seven code points

func TestANoteIsKeptByteForByte(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want string }{
		{"F1: 2,000 letters", strings.Repeat("a", 2000), ""},
		{"F2: 2,000 emoji", strings.Repeat("😀", 2000), ""},
		{"F3: 285 families of seven code points", strings.Repeat(family, 285), ""},
		{"F4: 1,000 letters with a combining mark", strings.Repeat("e\u0301", 1000), ""},
		{"F4: 2,000 precomposed letters", strings.Repeat("é", 2000), ""},
		{"F5: one letter under 1,999 marks", "a" + strings.Repeat("\u0301", 1999), ""},
		{"F7: CRLF counts as LF", "a" + strings.Repeat("\r\n", 1001) + "b", "a" + strings.Repeat("\n", 1001) + "b"},
		{"F7: a lone CR is a line end", "a\rb\r\rc", "a\nb\n\nc"},
		{"F8: line feed and tab", "a\n\tb", ""},
		{"F10: an override of direction", "a\u202eb", ""},
		{"F10: an isolate that is never closed", "a\u2066b", ""},
		{"F10: tag characters", "a\U000E0041\U000E007F", ""},
		{"F11: Hebrew and Persian with joiners", "שלום \u200dعلی\u200cها", ""},
		{"F11: marks upon marks", "Z\u0351\u036b\u0343a\u0321\u0353l\u0334g\u0319\u0349o\u031b", ""},
		{"F11: the widest ligature", "\ufdfd", ""},
		{"F12: HTML", `<script>alert("1 & 2")</script>`, ""},
		{"F12: Markdown", "[x](javascript:alert(1)) **b**", ""},
		{"F12: a formula", "=cmd()|' /C calc'!A0", ""},
		{"F12: a look-up", "${jndi:ldap://x.example/a} {{7*7}} %00", ""},
		{"F12: SQL", `'; DROP TABLE notes; -- "`, ""},
		{"an operator of a database", `{"$where": "a.b"}`, ""},
		{"outer white space is cut off", " \n\t a  b \u00a0\n", "a  b"},
		{"a byte order mark and a replacement character", "a\ufeff\ufffd", ""},
		{"a paragraph separator", "a\u2029b\u2028c", ""},
		{"an emoji younger than the tables", "\U0001FADF", ""},
	}
	w := newWorld(t)
	of := w.person("Nora")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			if tt.want == "" {
				tt.want = tt.body
			}
			added := w.note(of.ID, tt.body)
			w.clock.advance(time.Millisecond)
			read := w.notes(of)[0]
			if added.Body != tt.want || read.ID != added.ID || read.Body != tt.want {
				t.Errorf("AddNote(%q) answers %q and is read as %q, want %q", tt.body, added.Body, read.Body, tt.want)
			}
			edited, err := w.EditNote(w.as(ben), w.note(of.ID, "before").ID, tt.body, 1, "")
			if err != nil || edited.Body != tt.want {
				t.Errorf("EditNote(%q) = %v, %v; want %q", tt.body, edited, err, tt.want)
			}
			w.clock.advance(time.Millisecond)
		})
	}
}

func TestANoteThatBreaksARuleIsRefusedByEveryWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		got        int // of TOO_LONG; else INVALID_VALUE
	}{
		{"F1: 2,001 letters", strings.Repeat("a", 2001), 2001},
		{"F3: 286 families", strings.Repeat(family, 286), 2002},
		{"F5: one letter under 2,000 marks", "a" + strings.Repeat("\u0301", 2000), 2001},
		{"F6: empty", "", 0},
		{"F6: spaces", "  \u00a0\n", 0},
		{"F6: a zero-width space only", "\u200b", 0},
		{"F6: a Hangul filler only", "\u3164", 0},
		{"F6: a blank Braille pattern only", "\u2800", 0},
		{"F6: a combining mark only", "\u0301", 0},
		{"F8: NUL", "a\x00b", 0},
		{"F8: bell", "a\x07b", 0},
		{"F8: vertical tab", "a\vb", 0},
		{"F8: DEL", "a\x7fb", 0},
		{"F8: C1", "a\u0085b\u009f", 0},
		{"F8: a noncharacter", "a\ufffeb", 0},
		{"F8: a noncharacter of the Arabic block", "a\ufdd0b", 0},
		{"F8: an astral noncharacter", "a\U0010ffffb", 0},
		{"F12: an ANSI escape", "\x1b[31mred", 0},
		{"F9: CESU-8", "a\xed\xa0\xbd\xed\xb8\x80", 0},
		{"F9: a lone surrogate", "a\xed\xa0\x80", 0},
		{"F9: an overlong slash", "a\xc0\xaf", 0},
		{"F9: a cut sequence", "a\xf0\x9f\x98", 0},
	}
	w := newWorld(t)
	of := w.person("Nora", customer("N-1"))
	before := w.note(of.ID, "before")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			row := contact.UpsertInput{Attributes: []contact.AttributeInput{customer("N-1")}, Notes: []string{"fine", tt.body}}
			_, errAdd := w.AddNote(w.as(anna), of.ID, tt.body, "")
			_, errEdit := w.EditNote(w.as(anna), before.ID, tt.body, 1, "")
			_, errUpsert := w.Upsert(w.as(robot), row)
			many, err := w.UpsertMany(w.as(robot), []contact.UpsertInput{row})
			w.must("UpsertMany", err)

			code := contact.InvalidValue
			if tt.got > 0 {
				code = contact.TooLong
			}
			want := w.refused("AddNote", errAdd, code, "body")
			if tt.got > 0 && (want.Max != 2000 || want.Got != tt.got || want.Unit != contact.CodePoints) {
				t.Errorf("AddNote says max %d, got %d %s; want 2000 and %d CODE_POINTS", want.Max, want.Got, want.Unit, tt.got)
			}
			w.same("EditNote", w.refused("EditNote", errEdit, code, "body"), want)
			for what, got := range map[string]*contact.Error{
				"Upsert": w.refused("Upsert", errUpsert, code, "notes"), "UpsertMany": w.refused("UpsertMany", many[0].Refused, code, "notes"),
			} {
				blamed := *got
				blamed.Field = "body"
				w.same(what, &blamed, want)
			}
			if left := w.notes(of); len(left) != 1 || left[0].Version != 1 {
				t.Errorf("after four refusals the contact has the notes %+v", left)
			}
		})
	}
}

func TestTwoThousandCodePointsAreTheLimitWhateverTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alphabets := map[string]string{
		"ASCII": "abcXYZ019<&\"'\\%$ \t\n", "astral": "😀𝔘𐍈🇩🇪𠀀", "combining": "e\u0301\u0327a\u0308\u20d0", "mixed": "a é\u0301😀\u200dع字\n\tß\ufe0f",
	}
	for name, alphabet := range alphabets {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				w := w.in(rt)
				pattern := rapid.SliceOfN(rapid.SampledFrom([]rune(alphabet)), 1, 40).Draw(rt, "pattern")
				for _, length := range []int{1999, 2000, 2001} {
					runes := make([]rune, length)
					for i := range runes {
						runes[i] = pattern[i%len(pattern)]
					}
					runes[0], runes[length-1] = 'a', 'z' // neither end is white space
					body := string(runes)
					got, err := contact.CleanNote("body", body)
					if length > 2000 {
						if e := w.refused("CleanNote", err, contact.TooLong, "body"); e.Max != 2000 || e.Got != length || e.Unit != contact.CodePoints {
							rt.Fatalf("CleanNote says max %d, got %d %s", e.Max, e.Got, e.Unit)
						}
						continue
					}
					if err != nil || got != body {
						rt.Fatalf("CleanNote of %d code points of %q = %q, %v", length, string(pattern), got, err)
					}
				}
			})
		})
	}
}

func TestAnyAgentEditsAnyNoteAndItsOriginStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nora")
	first := w.note(of.ID, "first")
	w.clock.advance(time.Second)
	second := w.note(of.ID, "second")
	w.clock.advance(time.Second)

	edited, err := w.EditNote(w.as(ben), first.ID, "changed", 1, "")
	w.must("EditNote", err)
	if edited.Body != "changed" || edited.Version != 2 || *edited.LastEditedBy != ben.Agent || !edited.LastEditedAt.Equal(noon.Add(2*time.Second)) {
		t.Errorf("EditNote = %+v", edited)
	}
	if edited.Author != anna.Agent || !edited.CreatedAt.Equal(noon) || !edited.ViewerCanEdit() {
		t.Errorf("the edit changed the author to %v or the time to %v", edited.Author, edited.CreatedAt)
	}
	notes := w.notes(of)
	w.same("the order after an edit", ids(notes, noteID), []contact.ID{second.ID, first.ID})
	w.same("the note as read", notes[1], *edited)
}

func TestADeletedNoteIsRestoredToItsPlaceForThirtyDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nora")
	var made []contact.ID
	for _, body := range []string{"a", "b", "c"} {
		made = append(made, w.note(of.ID, body).ID)
		w.clock.advance(time.Minute)
	}
	for _, id := range []contact.ID{made[2], made[0], made[1]} {
		gone, err := w.DeleteNote(w.as(ben), id, 1, "")
		w.must("DeleteNote", err)
		if gone.Version != 2 || *gone.DeletedBy != ben.Agent || !gone.RestorableUntil().Equal(gone.DeletedAt.Add(30*24*time.Hour)) {
			t.Errorf("DeleteNote = %+v", gone)
		}
		w.clock.advance(time.Minute)
	}
	if left := w.notes(of); len(left) != 0 {
		t.Fatalf("deleted notes still stand: %+v", left)
	}
	w.same("deleted notes, last first", ids(w.deletedNotes(of), noteID), []contact.ID{made[1], made[0], made[2]})

	back, err := w.RestoreNote(w.as(anna), made[1], 2, "")
	w.must("RestoreNote", err)
	if back.Version != 3 || back.DeletedAt != nil || back.DeletedBy != nil || back.RestorableUntil() != nil || back.Body != "b" {
		t.Errorf("RestoreNote = %+v", back)
	}
	w.clock.set(noon.Add(3*time.Minute + 30*24*time.Hour - time.Millisecond)) // made[2] was deleted three minutes after noon
	if n := len(w.deletedNotes(of)); n != 2 {
		t.Errorf("a millisecond before the end %d notes can be restored, want 2", n)
	}
	w.clock.advance(time.Millisecond)
	w.same("at the end of the first's time", ids(w.deletedNotes(of), noteID), []contact.ID{made[0]})
	_, err = w.RestoreNote(w.as(anna), made[2], 2, "")
	w.refused("RestoreNote of a note that is gone for good", err, contact.NotFound, "noteId")
	_, err = w.RestoreNote(w.as(anna), made[0], 2, "")
	w.must("RestoreNote in time", err)
	w.same("restored notes at their places", ids(w.notes(of), noteID), []contact.ID{made[1], made[0]})
}
