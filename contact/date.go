package contact

import (
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar, years 1 to 9999. The zero Date is no day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD (RFC 3339, full-date). A day that the calendar does not have is an error.
func ParseDate(s string) (Date, error) {
	if len(s) != len("2006-01-02") {
		return Date{}, fmt.Errorf("is not a date written YYYY-MM-DD")
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("is not a day of the calendar written YYYY-MM-DD")
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// String writes YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool {
	if d.Year != o.Year {
		return d.Year < o.Year
	}
	if d.Month != o.Month {
		return d.Month < o.Month
	}
	return d.Day < o.Day
}

// moment is the one form of times in the domain: UTC, cut to the millisecond, because a store keeps no more.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// timeLayout writes a moment with milliseconds (RFC 3339).
const timeLayout = "2006-01-02T15:04:05.000Z"
