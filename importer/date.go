package importer

import (
	"strconv"
	"strings"
	"time"

	"contactpanel/contact"
)

const notDate = "is not a day of the calendar"

// readDate reads a day and writes it YYYY-MM-DD. ISO dates are read under every header, and so are days written year first.
// With dots the day comes first under German headers; otherwise, and with slashes, either the day or the month may come
// first, and a text for which both give a day, but not the same, is refused. Years have four digits.
func readDate(text string, s style) (day, wrong string) {
	if _, err := contact.ParseDate(text); err == nil {
		return text, ""
	}
	for _, separator := range []string{".", "/"} {
		parts := strings.Split(text, separator)
		if len(parts) != 3 {
			continue
		}
		if len(parts[0]) == 4 {
			return orNotDate(compose(parts[0], parts[1], parts[2]))
		}
		dayFirst, isDay := compose(parts[2], parts[1], parts[0])
		monthFirst, isMonth := compose(parts[2], parts[0], parts[1])
		switch {
		case separator == "." && s == styleGerman:
			return orNotDate(dayFirst, isDay)
		case isDay && isMonth && dayFirst != monthFirst:
			return "", twoWays + ": write it YYYY-MM-DD"
		case isDay:
			return dayFirst, ""
		default:
			return orNotDate(monthFirst, isMonth)
		}
	}
	return "", notDate
}

func orNotDate(day string, ok bool) (read, wrong string) {
	if !ok {
		return "", notDate
	}
	return day, ""
}

// compose writes a day YYYY-MM-DD; false when the calendar has no such day or a part has too many digits.
func compose(year, month, day string) (string, bool) {
	if len(year) != 4 || len(month) > 2 || len(day) > 2 || !isDigits(year) || !isDigits(month) || !isDigits(day) {
		return "", false
	}
	m, err := strconv.Atoi(month)
	if err != nil {
		return "", false
	}
	d, err := strconv.Atoi(day)
	if err != nil {
		return "", false
	}
	y, err := strconv.Atoi(year)
	if err != nil {
		return "", false
	}
	written := contact.Date{Year: y, Month: time.Month(m), Day: d}.String()
	_, err = contact.ParseDate(written)
	return written, err == nil
}
