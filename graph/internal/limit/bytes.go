package limit

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size. An operator writes it as a number of bytes, or of KiB or MiB: 65536, 64KiB, 2MiB.
type Bytes int64

// units are the names of sizes, the largest first.
var units = []struct { //nolint:gochecknoglobals // a table, never written
	name string
	size Bytes
}{{"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	number, size := string(text), Bytes(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, size = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n > math.MaxInt64/int64(size) || n < math.MinInt64/int64(size) {
		return errors.New("want a number of bytes, such as 65536, 64KiB or 2MiB")
	}
	*b = Bytes(n) * size
	return nil
}

// String writes a size as an operator would.
func (b Bytes) String() string {
	for _, u := range units {
		if b != 0 && b%u.size == 0 {
			return fmt.Sprint(int64(b/u.size), u.name)
		}
	}
	return "0B"
}
