package graph

import (
	"container/list"
	"hash/maphash"
	"sync"
)

// shelf keeps documents that hold, by their texts, as far as there is place for them; the one that was asked for longest ago goes
// first. A document is kept when it comes for the second time: what comes once, such as one that a client has written its values
// into, takes nobody's place. Safe for concurrent use.
type shelf struct {
	limits *Limits
	seed   maphash.Seed // nobody can choose texts that look like others

	mu     sync.Mutex
	byText map[string]*list.Element
	order  list.List // of *shelved, the one asked for last in front
	taken  int       // bytes of memory
	seen   [seenTexts]uint64
}

type shelved struct {
	text  string
	doc   *document
	bytes int
}

// seenTexts is how many texts that came once are remembered, each in the one place that it may have.
const seenTexts = 1 << 13

// bytesOfToken is what a parsed document takes in memory for each of its tokens at most: a field of one token takes as much, and
// whatever else is written takes less. bytesOfDocument is what any takes besides.
const (
	bytesOfToken    = 240
	bytesOfDocument = 1 << 10
)

func newShelf(limits *Limits) *shelf {
	return &shelf{limits: limits, seed: maphash.MakeSeed(), byText: map[string]*list.Element{}}
}

// find gives the document of a text, when it is kept.
func (s *shelf) find(text string) (*document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.byText[text]
	if !ok {
		return nil, false
	}
	s.order.MoveToFront(at)
	return at.Value.(*shelved).doc, true //nolint:errcheck // there is nothing else
}

// offer keeps a document that was found to hold, if it is short and was seen before.
func (s *shelf) offer(text string, doc *document) {
	if len(text) > int(s.limits.CachedBytes) || !s.isSeen(text) {
		return
	}
	bytes := bytesOfDocument + len(text) + bytesOfToken*tokensOf(text, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText[text] != nil { // by somebody else, meanwhile
		return
	}
	s.byText[text] = s.order.PushFront(&shelved{text, doc, bytes})
	for s.taken += bytes; s.taken > int(s.limits.CachedMemory) || s.order.Len() > s.limits.Cached; {
		oldest := s.order.Remove(s.order.Back()).(*shelved) //nolint:errcheck // as above
		delete(s.byText, oldest.text)
		s.taken -= oldest.bytes
	}
}

// isSeen says whether a text came lately, and remembers it.
func (s *shelf) isSeen(text string) bool {
	hash := maphash.String(s.seed, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	place := &s.seen[hash%seenTexts]
	wasSeen := *place == hash
	*place = hash
	return wasSeen
}
