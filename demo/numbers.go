package demo

import "fmt"

// dial says where a person's phone numbers are from.
type dial int

const (
	german dial = iota
	british
	american
)

// numbers hands out phone numbers, each once, from ranges that regulators keep for fiction: the drama numbers of Berlin,
// Frankfurt and Hamburg (Bundesnetzagentur), of London (Ofcom), and 555-0100 to 555-0199 (North American Numbering Plan).
type numbers struct{ used [3]int }

func (n *numbers) next(d dial) string {
	i := n.used[d]
	n.used[d]++
	// A step without a common divisor visits each number of a range once and does not look counted.
	const step = 37
	switch d {
	case british:
		return fmt.Sprintf("+44 20 7946 %04d", i*step%1000)
	case american:
		return fmt.Sprintf("+1 202-555-%04d", 100+i*step%100)
	default:
		exchanges := []string{"30 23125", "69 90009", "40 66969"}
		return fmt.Sprintf("+49 %s%03d", exchanges[i%len(exchanges)], i/len(exchanges)*step%1000)
	}
}
