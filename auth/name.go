package auth

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkName checks a name of an agent, organisation or team: 1 to limit code points, trimmed, no control characters,
// something to see. Names are compared byte for byte afterwards, so two that look the same by their margins are kept out.
func checkName(name string, limit int) error {
	switch {
	// U+FFFD too: a JSON decoder puts it for whatever is no text, and different wrong names would become one.
	case !utf8.ValidString(name) || strings.ContainsRune(name, utf8.RuneError):
		return errors.New("is not valid Unicode")
	case name != strings.TrimSpace(name):
		return errors.New("begins or ends with white space")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("has a control character")
	case !strings.ContainsFunc(name, isVisible):
		return errors.New("has no visible character")
	}
	if n := utf8.RuneCountInString(name); n > limit {
		return fmt.Errorf("has %d characters; at most %d are allowed", n, limit)
	}
	return nil
}

// isVisible reports letters, digits, punctuation and symbols, but those that show nothing: the Hangul fillers and the
// blank Braille pattern.
func isVisible(c rune) bool {
	switch c {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800':
		return false
	default:
		return unicode.In(c, unicode.L, unicode.N, unicode.P, unicode.S)
	}
}

func checkTeams(teams []string) error {
	if len(teams) > maxTeams {
		return fmt.Errorf("%d teams; at most %d are allowed", len(teams), maxTeams)
	}
	for i, team := range teams {
		if err := checkName(team, maxName); err != nil {
			return fmt.Errorf("team %d %w", i+1, err)
		}
	}
	return nil
}
