package importer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"contactpanel/contact"
	"contactpanel/importer"
)

// lines are where rows were refused.
func linesOf(refusals []refused) []int {
	var out []int
	for _, r := range refusals {
		out = append(out, r.Line)
	}
	return out
}

func TestRowsAreFoundWhateverTheLineEndsAndTheDelimiter(t *testing.T) {
	for name, text := range map[string]string{
		"LF":                   "customer_number,email\nK-1,a@example.com\n\nK-2,b@@example.com\nK-3,c@example.com",
		"CRLF":                 "customer_number,email\r\nK-1,a@example.com\r\n\r\nK-2,b@@example.com\r\nK-3,c@example.com\r\n",
		"CR":                   "customer_number,email\rK-1,a@example.com\r\rK-2,b@@example.com\rK-3,c@example.com\r",
		"semicolon":            "customer_number;email\nK-1;a@example.com\n\nK-2;b@@example.com\nK-3;c@example.com\n",
		"tab":                  "customer_number\temail\nK-1\ta@example.com\n\nK-2\tb@@example.com\nK-3\tc@example.com\n",
		"bar":                  "customer_number|email\nK-1|a@example.com\n\nK-2|b@@example.com\nK-3|c@example.com\n",
		"quoted header":        "\"customer_number\";\"email\"\nK-1;a@example.com\n\nK-2;b@@example.com\nK-3;c@example.com\n",
		"delimiter in header":  "customer_number;\"e,-,m,a,i,l\"\nK-1;a@example.com\n\nK-2;b@@example.com\nK-3;c@example.com\n",
		"two lines in a cell":  "customer_number,email\n\"K-\n1\",a@example.com\nK-2,b@@example.com\nK-1,a@example.com\nK-3,c@example.com\n",
		"byte order mark":      "\ufeffcustomer_number,email\nK-1,a@example.com\n\nK-2,b@@example.com\nK-3,c@example.com\n",
		"blanks around header": " Customer Number , E-Mail \nK-1,a@example.com\n\nK-2,b@@example.com\nK-3,c@example.com\n",
	} {
		ctx, contacts := organisation(t)
		lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), written(t, text))
		want := []int{4}
		if name == "two lines in a cell" {
			want = []int{2, 4}
		}
		if !slices.Equal(linesOf(lines), want) || sum.Created != 2 {
			t.Errorf("%s: refused %v and created %d, want %v and 2", name, lines, sum.Created, want)
		}
	}
}

func TestOneUnclosedQuotationMarkCostsOneRow(t *testing.T) {
	long := strings.Repeat("0123456789abcde\n", 100_000) // more than a record may have
	for _, tt := range []struct {
		name, rows string
		refused    []int
		created    int
	}{
		{"before quoted rows", "K-1,\"open\nK-2,b\nK-3,\"c\"\nK-4,d\n", []int{2}, 3},
		{"before no other quotation mark", "K-1,a\nK-2,\"open\nK-3,c\nK-4,d\n", []int{3}, 3},
		{"in the last row", "K-1,a\nK-2,\"open", []int{3}, 1},
		{"two of them", "K-1,\"open\nK-2,b\nK-3,\"open\nK-4,d\n", []int{2, 4}, 2},
		{"text behind a closed one", "K-1,\"a\" b\nK-2,b\n", []int{2}, 1},
		{"in the middle of a cell it is text", "K-1,5\" pipe\nK-2,\"5\"\" pipe\"\n", nil, 2},
		{"columns are missing", "K-1\nK-2,b\n", []int{2}, 1},
		{"a column too many", "K-1,a,\nK-2,b\n", []int{2}, 1},
		{"a line beyond the limit", "K-1," + strings.Repeat("x", 3<<20) + "\nK-2,b\n", []int{2}, 1},
		{"before more than the limit", "K-1,\"open\nK-2,b\n" + long[:16*80_000] + "K-3,c\n", append([]int{2}, seq(4, 80_000)...), 2},
	} {
		ctx, contacts := organisation(t)
		lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), written(t, "customer_number,biography\n"+tt.rows))
		if !slices.Equal(linesOf(lines), tt.refused) || sum.Created != tt.created {
			t.Errorf("%s: refused %d rows (%.300v) and created %d, want %d refused and %d", tt.name, len(lines), lines, sum.Created, len(tt.refused), tt.created)
		}
		for _, l := range lines {
			if l.Field != "" || l.Reason == "" {
				t.Errorf("%s: line %d is blamed on %q because of %q, want no field and a reason", tt.name, l.Line, l.Field, l.Reason)
				break
			}
		}
	}
}

func seq(from, count int) []int {
	out := make([]int, count)
	for i := range out {
		out[i] = from + i
	}
	return out
}

func TestEncodingsAreRead(t *testing.T) {
	const text = "Kundennummer;Straße;Biografie\r\nK-1;;Größe in Köln €\r\n"
	windows := strings.NewReplacer("ß", "\xdf", "ö", "\xf6", "€", "\x80").Replace(text)
	for _, tt := range []struct{ name, encoding, text string }{
		{"windows-1252", "windows-1252", windows},
		{"its other name", "CP1252", windows},
		{"UTF-8 by name", "utf-8", text},
		{"UTF-8 with a mark", "", "\ufeff" + text},
		{"a mark wins over the name", "windows-1252", "\ufeff" + text},
		{"UTF-16 little endian with a mark", "", wide("\ufeff"+text, false)},
		{"UTF-16 big endian with a mark", "", wide("\ufeff"+text, true)},
		{"UTF-16 by name", "utf-16le", wide(text, false)},
	} {
		ctx, contacts := organisation(t)
		opts := options("", nil)
		opts.Encoding, opts.Map = tt.encoding, map[string]*string{"Straße": nil}
		lines, sum := run(ctx, t, importer.Local(contacts), opts, written(t, tt.text))
		if sum.Created != 1 {
			t.Errorf("%s: %+v, %v; want one contact", tt.name, sum, lines)
			continue
		}
		if got := fmt.Sprint(values(ctx, t, contacts, "K-1", "biography")); got != "[{Größe in Köln €}]" {
			t.Errorf("%s: the biography is %s", tt.name, got)
		}
	}
}

func wide(text string, bigEndian bool) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		low, high := byte(unit), byte(unit>>8)
		if bigEndian {
			low, high = high, low
		}
		out.WriteByte(low)
		out.WriteByte(high)
	}
	return out.String()
}

func TestBytesThatTheEncodingDoesNotKnowAreRefused(t *testing.T) {
	ctx, contacts := organisation(t)
	for _, tt := range []struct{ encoding, text string }{
		{"windows-1253", "customer_number;biography\nK-1;\xaa\nK-2;gut\n"},
		{"", wide("\ufeffcustomer_number;biography\nK-1;", false) + "\x00\xd8" + wide("\nK-2;gut\n", false)}, // half a surrogate
	} {
		opts := options("", nil)
		opts.Encoding = tt.encoding
		lines, sum := run(ctx, t, importer.Local(contacts), opts, written(t, tt.text))
		if sum.Refused != 1 || lines[0].Field != "biography" || lines[0].Line != 2 {
			t.Errorf("%q gives %+v, %v; want line 2 refused on biography", tt.text, sum, lines)
		}
	}
}

func TestWhatCannotRunIsAnErrorBeforeAnythingIsImported(t *testing.T) {
	ctx, contacts := organisation(t)
	good := written(t, "customer_number\nK-1\n")
	for name, change := range map[string]func(*importer.Options, *[]string){
		"an unknown encoding": func(o *importer.Options, _ *[]string) { o.Encoding = "windows-0" },
		"an unknown region":   func(o *importer.Options, _ *[]string) { o.Region = "XX" },
		"a missing file":      func(_ *importer.Options, files *[]string) { *files = append(*files, good+".gone") },
		"a folder":            func(_ *importer.Options, files *[]string) { *files = append(*files, filepath.Dir(good)) },
	} {
		var out strings.Builder
		opts, files := options("", &out), []string{good}
		change(&opts, &files)
		if _, err := importer.Run(ctx, importer.Local(contacts), files, opts); err == nil || out.Len() > 0 {
			t.Errorf("%s: Run = %v and reports %q, want an error alone", name, err, out.String())
		}
	}
	if _, sum := run(ctx, t, importer.Local(contacts), options("", nil), good); sum.Created != 1 {
		t.Errorf("after the errors: %+v, want the contact to be new", sum)
	}
}

func TestReportForPeople(t *testing.T) {
	ctx, contacts := organisation(t)
	var out, log strings.Builder
	opts := options("", &out)
	opts.JSON, opts.Log = false, &log
	const file = "b\x1b[31m.csv"
	t.Chdir(t.TempDir())
	if err := os.WriteFile(file, []byte("customer_number,followers\nK-1,5\nK-2,many\nK-3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := importer.Run(ctx, importer.Local(contacts), []string{file}, opts); err != nil {
		t.Fatal(err)
	}
	const want = `b\x1b[31m.csv:3: followers: is not a number
b\x1b[31m.csv:4: has 1 columns; the header has 2
created 1, updated 0, unchanged 0, refused 2
`
	if out.String() != want {
		t.Errorf("the report is\n%swant\n%s", out.String(), want)
	}
	if !strings.HasPrefix(log.String(), `b\x1b[31m.csv: 3 rows in `) {
		t.Errorf("the log is %q, want the rows of the file", log.String())
	}
}

func TestBarShowsOnTheTerminalAlone(t *testing.T) {
	ctx, contacts := organisation(t)
	var out, terminal strings.Builder
	opts := options("DE", &out)
	opts.Progress, opts.Log = true, &terminal
	if _, err := importer.Run(ctx, importer.Local(contacts), []string{"testdata/dirty.csv", written(t, "")}, opts); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(terminal.String(), "dirty.csv") || !strings.Contains(terminal.String(), "%") {
		t.Errorf("the terminal shows %q, want a bar", terminal.String())
	}
	if lines, _ := readReport(t, out.String()); len(lines) == 0 {
		t.Errorf("the report is %q, want refusals", out.String())
	}
}

// ending is a target whose context ends while the first batch is under way.
type ending struct {
	importer.Target
	end func()
}

func (e ending) Upsert(ctx context.Context, inputs []contact.UpsertInput) ([]contact.UpsertResult, error) {
	e.end()
	return e.Target.Upsert(ctx, inputs)
}

func TestRunThatIsBrokenOffFinishesItsBatchAndSaysSo(t *testing.T) {
	ctx, contacts := organisation(t)
	broken, end := context.WithCancel(ctx)
	var out strings.Builder
	file := written(t, generated(300))
	sum, err := importer.Run(broken, ending{importer.Local(contacts), end}, []string{file}, options("DE", &out))
	if err == nil || sum.Created == 0 || sum.Created == 300 {
		t.Errorf("Run = %+v, %v; want an error and one batch", sum, err)
	}
	if _, reported := readReport(t, out.String()); reported != sum {
		t.Errorf("reported %+v, want %+v", reported, sum)
	}
	if _, again := run(ctx, t, importer.Local(contacts), options("DE", nil), file); again.Unchanged != sum.Created || again.Created != 300-sum.Created {
		t.Errorf("the second import says %+v, want %d unchanged", again, sum.Created)
	}
}

// generated is a file of as many good rows.
func generated(rows int) string {
	var b strings.Builder
	b.WriteString("customer_number,name,email,phone,network,handle,language,membership,customer_since,followers,location,website,biography,vip,note\n")
	day := time.Date(2015, time.January, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		fmt.Fprintf(&b, "G-%[1]d,Greta Gross %[1]d,greta%[1]d@example.com,+49 30 %08[1]d,instagram,@greta_%[1]d,de,gold,%[2]s,%[1]d,Bonn,https://greta%[1]d.example,"+
			"\"Reads, swims and writes.\",false,%[3]s\n", i, day.AddDate(0, 0, i%3000).Format(time.DateOnly), []string{"", "Called about the order."}[i%2])
	}
	return b.String()
}

func TestReplacementCharacterOfAUTF8FileIsText(t *testing.T) {
	ctx, contacts := organisation(t)
	for i, encoding := range []string{"", "utf-8"} {
		opts := options("", nil)
		opts.Encoding = encoding
		file := written(t, fmt.Sprintf("customer_number;biography\nK-%d;odd \uFFFD sign\n", i))
		if lines, sum := run(ctx, t, importer.Local(contacts), opts, file); sum.Created != 1 {
			t.Errorf("with the encoding %q: %+v, %v; want the row created", encoding, sum, lines)
		}
	}
}
