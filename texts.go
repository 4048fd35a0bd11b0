package main

import "errors"

// filled is a setting that is a text. One that is set to nothing is refused: it is a variable of a script that was not set,
// and what stands there otherwise would come as a surprise.
type filled string

// UnmarshalText refuses nothing at all.
func (f *filled) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("is set to nothing; leave it out instead")
	}
	*f = filled(text)
	return nil
}

// texts are settings as texts.
func texts(list []filled) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = string(f)
	}
	return out
}
