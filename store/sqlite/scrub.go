package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
)

// SQLite zeroes what is deleted where it stands (secure_delete), but not the copies of it that it leaves behind: when it lays
// the cells of a page anew, to balance a tree, those that moved to another page stay readable in the space that became free.
// PRAGMA secure_delete does not reach them, and VACUUM writes the whole file anew while all changes wait. So the free space of
// pages is zeroed here, page by page, as SQLite itself sees them (the table sqlite_dbpage), and changes wait for the pages
// alone that need it.
//
// What is free in a page, and what says so, is the file format's (sqlite.org/fileformat.html, section 1.6):
//
//	header │ cell pointers │ free: zeroed here │ cells and, among them, freeblocks: zeroed here
//
// A copy stays in its page: SQLite moves cells, and never free space, from one page to another.

// scrubbedAtOnce is how many pages are read, or written, in one turn: each takes about a millisecond.
const scrubbedAtOnce = 64

// maxPages bounds the files that can be scrubbed: 128 GiB. A page is one of a tree by its first byte; on pages of other kinds a
// page's number stands there, whose first byte is 0 or 1 in files below this size.
const maxPages = 1 << 25

const (
	sqlPageCount = `SELECT page_count FROM pragma_page_count`
	// A statement for some pages, since the table knows no ranges.
	sqlPages   = `SELECT p.pgno, p.data FROM json_each(?) k CROSS JOIN sqlite_dbpage p WHERE p.pgno = k.value`
	sqlPutPage = `UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`
)

var errTooLarge = errors.New("the file is too large for erased contacts to be taken out of its free space")

// scrub zeroes the free space of all pages. It goes over what was there when it began: copies are as old as what was erased.
func (p *purger) scrub(ctx context.Context) error {
	var pages int
	err := p.readers.read(ctx, false, func(in session) (err error) {
		pages, err = number(in.query(ctx, sqlPageCount))
		return err
	})
	if err != nil {
		return err
	}
	if pages >= maxPages {
		return errTooLarge
	}
	for from := 1; from <= pages; from += scrubbedAtOnce {
		if err := p.scrubSome(ctx, from, min(from+scrubbedAtOnce, pages+1)); err != nil {
			return err
		}
	}
	return nil
}

// scrubSome looks at pages beside the writer, and lets it write those that need it, as they are then.
func (p *purger) scrubSome(ctx context.Context, from, end int) error {
	numbers := make([]int, 0, end-from)
	for n := from; n < end; n++ {
		numbers = append(numbers, n)
	}
	var found []page
	err := p.readers.read(ctx, false, func(in session) (err error) {
		found, err = unclean(ctx, in, numbers)
		return err
	})
	if err != nil || len(found) == 0 {
		return err
	}
	numbers = numbers[:0]
	for _, f := range found {
		numbers = append(numbers, f.number)
	}
	return p.writer.do(ctx, func(ctx context.Context, t *tx) error {
		found, err := unclean(ctx, t.session, numbers)
		if err != nil {
			return t.fail(err)
		}
		for _, f := range found {
			if _, err := t.exec(ctx, sqlPutPage, f.data, f.number); err != nil {
				return err
			}
		}
		return nil
	})
}

// page is a page with its free space zeroed.
type page struct {
	number int
	data   []byte
}

// unclean reads pages and gives those whose free space was not zero.
func unclean(ctx context.Context, in session, numbers []int) ([]page, error) {
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	var out []page
	rows, err := in.query(ctx, sqlPages, string(list))
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var n int
		var raw sql.RawBytes
		err := rows.Scan(&n, &raw)
		if err == nil && zeroFree(raw, n, false) {
			data := bytes.Clone(raw)
			zeroFree(data, n, true)
			out = append(out, page{n, data})
		}
		return struct{}{}, err
	})
	return out, err
}

// Offsets in the header of a page of a tree, and the lengths of the header.
const (
	offFreeblock  = 1
	offCells      = 3
	offContent    = 5
	leafHeader    = 8
	innerHeader   = 12
	freeblockHead = 4
)

// zeroFree reports whether a page of a tree has free space that is not zero, and zeroes it when it is told to. It leaves every
// other page alone, and one whose header contradicts itself.
func zeroFree(data []byte, number int, write bool) (isUnclean bool) {
	head := 0
	if number == 1 {
		head = headerSize // the file's header stands before it
	}
	if len(data) < head+innerHeader {
		return false
	}
	length := leafHeader
	switch data[head] {
	case 2, 5: // of an index, of a table: inner pages
		length = innerHeader
	case 10, 13: // leaves
	default:
		return false
	}
	field := func(at int) int { return int(binary.BigEndian.Uint16(data[at:])) }
	cells, content := head+length+2*field(head+offCells), field(head+offContent)
	if content == 0 {
		content = 1 << 16
	}
	if cells > content || content > len(data) {
		return false
	}
	isUnclean = zero(data[cells:content], write)
	for at := field(head + offFreeblock); at >= content && at+freeblockHead <= len(data); {
		size := field(at + 2)
		if size < freeblockHead || at+size > len(data) {
			break
		}
		isUnclean = zero(data[at+freeblockHead:at+size], write) || isUnclean
		next := field(at)
		if next <= at {
			break
		}
		at = next
	}
	return isUnclean
}

// zero reports whether anything but zeros is there, and takes it away when it is told to.
func zero(some []byte, write bool) bool {
	isUnclean := false
	for _, b := range some {
		if b != 0 {
			isUnclean = true
			break
		}
	}
	if write {
		clear(some)
	}
	return isUnclean
}
