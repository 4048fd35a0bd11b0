package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"contactpanel/store/internal/record"
)

// millis is a moment as it is kept: milliseconds since 1970 UTC, anything finer cut off.
func millis(t time.Time) int64 { return t.UnixMilli() }

// moment is the way back.
func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func optionalMillis(t *time.Time) *int64 { return record.Optional(t, millis) }

func optionalMoment(ms *int64) *time.Time { return record.Optional(ms, moment) }

// encode writes a document.
func encode(document any) (string, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("write a document: %w", err)
	}
	return string(raw), nil
}

// decode reads a document.
func decode(raw []byte, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read a document: %w", err)
	}
	return nil
}
