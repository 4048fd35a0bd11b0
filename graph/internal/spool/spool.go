// Package spool puts a document aside while it is made, so that whoever it is read from need not wait for whoever it is sent to.
// It is for the wire's exports, which hold what people have said of people.
//
// The invariant: nothing of a document can be read on the disk, neither while it is there nor when it has gone. A small one stays
// in memory; of a larger one the file has no name (where the operating system allows that), is its owner's alone, and holds
// the text under a key that is in memory only, so that what is left in given up blocks, or by a crash, says nothing.
package spool

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
)

// Spool is a document that is written first and read then. One goroutine uses it at a time.
type Spool struct {
	folder string
	most   int // bytes in memory

	memory bytes.Buffer
	size   int64
	file   *os.File         // nil while the memory holds all
	write  io.Writer        // enciphers into the file
	read   func() io.Reader // deciphers what is read of the file, from its beginning
	isGone bool             // the file's name is
}

// New makes an empty one, which keeps so many bytes in memory and the rest in a file in the folder.
func New(folder string, most int) *Spool { return &Spool{folder: folder, most: most} }

// Size is how many bytes were written.
func (s *Spool) Size() int64 { return s.size }

// Write implements [io.Writer].
func (s *Spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > s.most {
		if err := s.open(); err != nil {
			return 0, err
		}
	}
	var n int
	var err error
	if s.file == nil {
		n, err = s.memory.Write(p)
	} else if n, err = s.write.Write(p); err != nil {
		err = fmt.Errorf("put a document aside: %w", err)
	}
	s.size += int64(n)
	return n, err
}

// open makes the file, and moves into it what was in memory.
func (s *Spool) open() (err error) {
	key, start := make([]byte, 32), make([]byte, aes.BlockSize)
	rand.Read(key)
	rand.Read(start)
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if s.file, err = os.CreateTemp(s.folder, "contactpanel-*"); err != nil { // mode 0600
		return fmt.Errorf("make a file to put a document aside: %w", err)
	}
	s.isGone = os.Remove(s.file.Name()) == nil // where an open file keeps its name, Close takes it away
	stream := func() cipher.Stream { return cipher.NewCTR(block, start) }
	s.write = cipher.StreamWriter{S: stream(), W: s.file}
	s.read = func() io.Reader {
		return cipher.StreamReader{S: stream(), R: io.NewSectionReader(s.file, 0, s.size)}
	}
	if _, err = s.write.Write(s.memory.Bytes()); err != nil {
		return fmt.Errorf("put a document aside: %w", err)
	}
	s.memory = bytes.Buffer{}
	return nil
}

// WriteTo implements [io.WriterTo]: the whole document, as often as it is asked for.
func (s *Spool) WriteTo(w io.Writer) (int64, error) {
	if s.file == nil {
		n, err := w.Write(s.memory.Bytes())
		return int64(n), err
	}
	return io.Copy(w, s.read())
}

// Close forgets the document.
func (s *Spool) Close() error {
	s.memory = bytes.Buffer{}
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if !s.isGone {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
