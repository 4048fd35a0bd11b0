package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseReadsWhatIsWritten(t *testing.T) {
	for in, want := range map[string]any{
		`null`: nil, ` true `: true, "\t\r\nfalse": false, `""`: "", `"a"`: "a", `{}`: map[string]any{}, `[]`: []any{}, `[ ]`: []any{}, `{ }`: map[string]any{},
		`0`: json.Number("0"), `-0`: json.Number("-0"), `12.50e+3`: json.Number("12.50e+3"), `1E-2`: json.Number("1E-2"), `9007199254740993`: json.Number("9007199254740993"),
		`1e400`:              json.Number("1e400"),
		`"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"\u0041\u00e9\u00E9"`: "Aéé", `"\ud83d\ude00"`: "😀", `"\uD83D\uDE00x"`: "😀x", `"\u0000"`: "\x00", `"😀"`: "😀", "\"\x7f\"": "\x7f",
		`"�"`: "\ufffd", `"\ufffd"`: "\ufffd", `"\uffff"`: "\uffff",
		`[1,[2,{"a":[]}],"b"]`:        []any{json.Number("1"), []any{json.Number("2"), map[string]any{"a": []any{}}}, "b"},
		`{"a":{"a":1},"b":[{"a":2}]}`: map[string]any{"a": map[string]any{"a": json.Number("1")}, "b": []any{map[string]any{"a": json.Number("2")}}},
		`{"":1,"__proto__":2}`:        map[string]any{"": json.Number("1"), "__proto__": json.Number("2")},
	} {
		got, err := Parse([]byte(in))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %#v, %v; want %#v", in, got, err, want)
		}
	}
	deepest := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	if _, err := Parse([]byte(deepest)); err != nil {
		t.Errorf("nesting of %d is refused: %v", maxDepth, err)
	}
}

func TestParseRefusesWhatIsNone(t *testing.T) {
	for _, in := range []string{
		"", " ", "nul", "nulll", "True", "{", "[", `"`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a" 1}`, `{a:1}`, `{"a":1 "b":2}`, `{1:2}`,
		"01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_000", "--1", "NaN", "Infinity", "-Infinity", "1,", "1 1", "{}{}", "[]]", `"a""b"`, "\ufeff{}",
		`"\x"`, `"\u12"`, `"\u123g"`, `"\u+123"`, `"\u-123"`, `"\u 123"`, `"\`, `"\u`, "\"\n\"", "\"\x00\"", "\"\x1f\"", "'a'", "/* */1", "1//",
		`"\ud83d"`, `"\ude00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\ud83d\`, `"\ud83d\u`, `"\ud83d\ude0`,
		"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\xbd\"", "\"\xf4\x90\x80\x80\"", "\xff",
		`{"a":1,"a":1}`, `{"a":1,"\u0061":2}`, `[{"b":{"a":1,"c":2,"a":3}}]`,
		strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2), strings.Repeat(`{"a":`, 100000), strings.Repeat("[", 1<<20),
	} {
		if got, err := Parse([]byte(in)); err == nil {
			t.Errorf("Parse(%.60q) = %#v, want an error", in, got)
		} else if strings.Contains(err.Error(), "\x00") || len(err.Error()) > 80 {
			t.Errorf("Parse(%.60q) says too much: %v", in, err)
		}
	}
}

// FuzzParse compares with encoding/json: what is accepted is accepted there with the same value, and what is refused
// there alone is a duplicate member, a lone surrogate, invalid UTF-8 or too deep.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{ viewer { id } }","variables":{"a":[1,-2.5e3,null,true,false,"\u00e4\ud83d\ude00\n"]}}`, `{"a":1,"a":2}`, `"\ud83d"`, "\"\xff\"", `[[[]]]`, `0.0e-0`, ` [ 1 , 2 ] `,
		strings.Repeat("[", 70) + strings.Repeat("]", 70), `{"a":{"b":{}}}`, "", "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Parse(in)
		want, wantErr := standardJSON(in)
		switch {
		case err == nil && wantErr != nil:
			t.Errorf("%q is accepted, and refused by encoding/json: %v", in, wantErr)
		case err == nil && !reflect.DeepEqual(got, want):
			t.Errorf("%q is %#v, by encoding/json %#v", in, got, want)
		case err != nil && wantErr == nil && utf8.Valid(in) && !isOurs(err):
			t.Errorf("%q is refused (%v), and accepted by encoding/json", in, err)
		}
		if err != nil && len(err.Error()) > 80 {
			t.Errorf("%q: the error is long: %v", in, err)
		}
	})
}

func standardJSON(in []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("bytes after the value")
	}
	return v, nil
}

// isOurs reports a refusal that encoding/json does not make.
func isOurs(err error) bool {
	for _, what := range []string{"comes twice", "lone surrogate", "nesting beyond"} {
		if strings.Contains(err.Error(), what) {
			return true
		}
	}
	return false
}
