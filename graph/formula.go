package graph

// A formula is what the operations of a document cost, worked out as far as it does not depend on variables. What does is
// kept as steps, each from earlier ones, so that a request that comes again with other variables costs a few additions and
// no walk. A part without variables is no step: most documents have none or one.
type formula struct{ steps []step }

// amount is a cost: a fixed part, and the value of a step besides. The zero amount is nothing.
type amount struct {
	fixed int64
	step  int // 1 for the first one, 0 for none
}

// step combines amounts: the first times a size, and then the sum with the second, or the larger of both.
type step struct {
	kind stepKind
	a, b amount
	size size
}

type stepKind int8

const (
	sum stepKind = iota
	larger
	product
)

// countless is where counting ends. The product of two costs still fits into 64 bits.
const countless = 1<<31 - 1

// plus adds costs, as far as countless.
func plus(a, b int64) int64 { return min(a+b, countless) }

// fixed is an amount that no variable changes.
func fixed(n int64) amount { return amount{fixed: min(n, countless)} }

func (f *formula) add(s step) amount {
	f.steps = append(f.steps, s)
	return amount{step: len(f.steps)}
}

// plus is the sum of two amounts.
func (f *formula) plus(a, b amount) amount {
	out := amount{fixed: plus(a.fixed, b.fixed), step: max(a.step, b.step)}
	if a.step != 0 && b.step != 0 {
		a.fixed, b.fixed = 0, 0
		out.step = f.add(step{kind: sum, a: a, b: b}).step
	}
	return out
}

// larger is the larger of two amounts.
func (f *formula) larger(a, b amount) amount {
	switch {
	case a.step == 0 && b.step == 0:
		return amount{fixed: max(a.fixed, b.fixed)}
	case b == amount{}:
		return a
	case a == amount{}:
		return b
	default:
		return f.add(step{kind: larger, a: a, b: b})
	}
}

// times is an amount as often as a size says.
func (f *formula) times(a amount, s size) amount {
	switch {
	case a == amount{}:
		return a
	case s.isFixed() && (a.step == 0 || s.fixed == 1):
		return amount{fixed: min(a.fixed*s.fixed, countless), step: a.step}
	default:
		return f.add(step{kind: product, a: a, size: s})
	}
}

// fewSteps is for how many steps the values lie on the stack.
const fewSteps = 24

// value works an amount out. Sizes says how often a variable's part is taken.
func (f *formula) value(of amount, sizes func(size) int64) int64 {
	var few [fewSteps]int64
	values := few[:0]
	if of.step > fewSteps {
		values = make([]int64, 0, of.step)
	}
	at := func(a amount) int64 {
		if a.step == 0 {
			return a.fixed
		}
		return plus(a.fixed, values[a.step-1])
	}
	for i := range f.steps[:of.step] {
		s := &f.steps[i]
		n := at(s.a)
		switch s.kind {
		case sum:
			n = plus(n, at(s.b))
		case larger:
			n = max(n, at(s.b))
		case product:
			n = min(n*sizes(s.size), countless)
		}
		values = append(values, n)
	}
	return at(of)
}
