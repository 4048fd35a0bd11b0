package graph

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// come reads a text as a request with it would, and says whether it was kept before.
func (d *documents) come(tb testing.TB, text string) (isKept bool) {
	tb.Helper()
	if _, isKept := d.kept.find(text); isKept {
		return true
	}
	doc, errs := d.read(text)
	if errs == nil {
		errs = d.validate(doc, text)
	}
	if errs != nil {
		tb.Fatalf("%s: %v", text, errs)
	}
	return false
}

// heaviest is a document that takes as much memory as any: nearly each of its tokens is a field. It costs ten points.
func heaviest(n int) string {
	fields := strings.Repeat("id ", 480)
	return fmt.Sprintf("query A%d{viewer{%s}}query B%d{viewer{%s}}", n, fields, n, fields)
}

func TestDocumentsThatComeOnceTakeNobodysPlace(t *testing.T) {
	d := testDocuments()
	d.limits.Cached = 2
	const panel = "{ viewer { id } }"
	d.come(t, panel)
	d.come(t, panel)
	for i := range 3000 {
		d.come(t, fmt.Sprintf("{ viewer { name } } # %d", i))
	}
	if !d.come(t, panel) || d.kept.order.Len() != 1 {
		t.Errorf("%d are kept", d.kept.order.Len())
	}
}

func TestAsManyDocumentsAreKeptAsMayBe(t *testing.T) {
	d := testDocuments()
	d.limits.Cached = 3
	text := func(n int) string { return fmt.Sprintf("query A%d { viewer { id } }", n) }
	for i := range 4 {
		d.come(t, text(i))
		d.come(t, text(i))
		d.come(t, text(0)) // which somebody works with
	}
	for i, want := range []bool{true, false, true, true} {
		if _, isKept := d.kept.find(text(i)); isKept != want {
			t.Errorf("document %d: kept %v, want %v", i, isKept, want)
		}
	}
}

func TestDocumentsAreKeptAsFarAsThereIsMemory(t *testing.T) {
	const most = 4 << 20
	d := testDocuments()
	d.limits.CachedMemory = most
	used := heapBy(func() any {
		for i := range 100 {
			d.come(t, heaviest(i))
			d.come(t, heaviest(i))
			if !d.come(t, heaviest(0)) {
				t.Fatalf("the document that somebody works with is gone when %d others came", i)
			}
		}
		return d
	})
	if n := d.kept.order.Len(); !d.come(t, heaviest(99)) || n != 17 || used > most+most/10 {
		t.Errorf("%d documents are kept in %d bytes", n, used)
	}
	d.limits.CachedMemory = 1 << 10 // less than any takes
	for range 2 {
		d.come(t, "{ viewer { id } }")
	}
	if d.kept.order.Len() != 0 || d.kept.taken != 0 || len(d.kept.byText) != 0 {
		t.Errorf("%d are kept, %d bytes", d.kept.order.Len(), d.kept.taken)
	}
}

// heapBy is how much more memory is in use with what do returns.
func heapBy(do func() any) int {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	kept := do()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return int(after.HeapAlloc) - int(before.HeapAlloc)
}

func TestKeptDocumentsTakeNoMoreMemoryThanIsCounted(t *testing.T) {
	panel, err := os.ReadFile("testdata/panel.graphql")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"least":     "{viewer{id}}",
		"fields":    heaviest(0),
		"panel":     string(panel),
		"fragments": "{viewer{" + strings.Repeat("...F ", 450) + "}}fragment F on Viewer{id}",
		"inline":    "{viewer{" + strings.Repeat("...{id}", 240) + "}}",
		"arguments": "{contact(id:1){" + strings.Repeat(`attribute(key:"a"){__typename}`, 100) + "}}",
		"pages":     "query A($n:Int){contact(id:1){" + strings.Repeat("notes(first:$n){nodes{id}}", 75) + "}}",
		"objects":   "{" + strings.Repeat("contacts(first:1 filter:{isVip:true networks:[X]}){totalCount}", 19) + "}",
		"lists":     "{contact(id:1){" + strings.Repeat("attributes(keys:["+strings.Repeat(`"a"`, 45)+"]){__typename}", 15) + "}}",
		"variables": "query A($a:Boolean=true){viewer{" + strings.Repeat("id@include(if:$a)", 50) + "}}",
	} {
		const copies = 100
		d := testDocuments()
		used := heapBy(func() any {
			for i := range 2 * copies {
				d.come(t, fmt.Sprintf("%s#%d", text, i/2))
			}
			return d
		})
		if counted := d.kept.taken; d.kept.order.Len() != copies || used > counted+counted/10 {
			t.Errorf("%s: %d documents take %d bytes, counted are %d", name, d.kept.order.Len(), used, counted)
		}
	}
}
