package importer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ParseMap reads a map of columns for Options.Map: a JSON object from the column's header to a key, or to null to leave the
// column out, such as {"Kundenkennung": "customer_number", "Privatadresse": "email_2", "Anrede": null}.
func ParseMap(text []byte) (map[string]*string, error) {
	var out map[string]*string
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("read the map of columns: %w", err)
	}
	if out == nil {
		return nil, errors.New("the map of columns must be a JSON object, from header to key")
	}
	return out, nil
}
