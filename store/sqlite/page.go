package sqlite

import "math"

// Bounds beyond every place in a list: no text holds a byte FF, and no number is the least or the greatest.
const (
	firstNumber, lastNumber = math.MinInt64, math.MaxInt64
	firstText, lastText     = "", "\xff"
)
