package limit_test

import (
	"strings"
	"testing"
	"time"

	"contactpanel/graph/internal/limit"
)

type inner struct {
	Wait time.Duration `name:"wait" env:"WAIT" default:"2s"`
}

type outer struct {
	Size  limit.Bytes `name:"size" env:"SIZE" default:"64KiB"`
	Pages int         `name:"pages" env:"PAGES" default:"50" least:"20" most:"100"`

	Inner inner
}

func full() outer { return outer{Size: 1, Pages: 20, Inner: inner{time.Second}} }

func TestMembersThatAreNotSetAreTheirDefaults(t *testing.T) {
	var l struct {
		Size  limit.Bytes `default:"64KiB"`
		Big   int64       `default:"7"`
		Pages int         `default:"50"`
		Inner inner
	}
	l.Pages = 3
	limit.Fill(&l)
	if l.Size != 64<<10 || l.Pages != 3 || l.Big != 7 || l.Inner.Wait != 2*time.Second {
		t.Errorf("%+v", l)
	}
}

func TestTagThatCannotBeReadPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a default that is no number is taken")
		}
	}()
	limit.Fill(&struct {
		Pages int `default:"many"`
	}{})
}

func TestLimitOutOfItsBoundsIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*outer)
		want   string
	}{
		{"all at their least", func(*outer) {}, ""},
		{"no size", func(o *outer) { o.Size = 0 }, "size SIZE: 0B is too little; the least is 1B"},
		{"a negative size", func(o *outer) { o.Size = -2048 }, "size SIZE: -2KiB is too little; the least is 1B"},
		{"below the least", func(o *outer) { o.Pages = 19 }, "pages PAGES: 19 is too little; the least is 20"},
		{"at the most", func(o *outer) { o.Pages = 100 }, ""},
		{"above the most", func(o *outer) { o.Pages = 101 }, "pages PAGES: 101 is too much; the most is 100"},
		{"no time", func(o *outer) { o.Inner.Wait = 0 }, "wait WAIT: 0s is too little; the least is 1ms"},
		{"a millisecond", func(o *outer) { o.Inner.Wait = time.Millisecond }, ""},
		{"a nanosecond", func(o *outer) { o.Inner.Wait = 1 }, "wait WAIT: 1ns is too little; the least is 1ms"},
	} {
		l := full()
		tt.change(&l)
		got := ""
		if err := limit.Check(l, func(name, env string) string { return name + " " + env }); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestSizesAreReadAndWrittenAsOperatorsWriteThem(t *testing.T) {
	for text, want := range map[string]struct {
		size  limit.Bytes
		again string
	}{
		"65536": {65536, "64KiB"}, "64KiB": {65536, "64KiB"}, "2 MiB": {2 << 20, "2MiB"}, "1000": {1000, "1000B"}, "1B": {1, "1B"},
		"0": {0, "0B"}, "-1KiB": {-1024, "-1KiB"}, "3072KiB": {3 << 20, "3MiB"},
	} {
		var b limit.Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want.size || b.String() != want.again {
			t.Errorf("%q is %d, written %s, %v; want %d, %s", text, int64(b), b, err, want.size, want.again)
		}
	}
	for _, text := range []string{"", "KiB", "64kb", "1.5MiB", "9223372036854775807KiB", "-9223372036854775807MiB", "64 KiB x"} {
		var b limit.Bytes
		if err := b.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "64KiB") {
			t.Errorf("%q is read as %d, %v", text, int64(b), err)
		}
	}
}
