package contact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Phrase is a text that agents see, in English and German. Its English format is the key of its German one (german.go).
type Phrase struct {
	format string
	args   []any
}

// say makes a phrase.
func say(format string, args ...any) Phrase { return Phrase{format, args} }

// quote makes a phrase of a text that comes from a port.
func quote(text string) Phrase { return Phrase{format: strings.ReplaceAll(text, "%", "%%")} }

// String gives the English text, "" for the zero Phrase.
func (p Phrase) String() string { return fmt.Sprintf(p.format, p.args...) }

// In gives the text in the first of the languages that the product speaks; English when it speaks none of them.
func (p Phrase) In(languages []string) string {
	german := germanPhrases[p.format]
	if german == "" || !speaksGerman(languages) {
		return p.String()
	}
	args := make([]any, len(p.args))
	for i, arg := range p.args {
		if inner, ok := arg.(Phrase); ok {
			arg = inner.In(languages)
		}
		args[i] = arg
	}
	return fmt.Sprintf(german, args...)
}

// speaksGerman reports whether the viewer wants German rather than English.
func speaksGerman(languages []string) bool {
	for _, tag := range languages {
		switch base, _, _ := strings.Cut(tag, "-"); base {
		case "de":
			return true
		case "en":
			return false
		}
	}
	return false
}

// MessageIn gives the message as a sentence in the viewer's language. What is said of a value gets its subject: Message
// itself is only what an import report says behind the name of the field.
func (e *Error) MessageIn(languages []string) string {
	text := e.phrase.In(languages)
	switch {
	case e.Code != InvalidValue && e.Code != TooLong:
		first, size := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(first)) + text[size:]
	case speaksGerman(languages):
		text = "Der Wert " + text
	default:
		text = "The value " + text
	}
	return text + "."
}
