package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const (
	keyFile   = "development-key.pem"
	pemType   = "PRIVATE KEY" // PKCS#8, RFC 7468, 10
	maxKeyPEM = 16 << 10      // bytes that are read; an Ed25519 key has 119
)

// readOrMakeKey returns the key of the folder, made if there is none.
func readOrMakeKey(dir string) (key ed25519.PrivateKey, isNew bool, err error) {
	path := filepath.Join(dir, keyFile)
	key, err = readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, err
	}
	if err := makeKey(path); err != nil {
		return nil, false, err
	}
	// Read, not kept from the making: another process may have been first.
	key, err = readKey(path)
	return key, true, err
}

func readKey(path string) (ed25519.PrivateKey, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the data folder
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// Windows has no such bits; Go shows 0666 there.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s is open to other users (mode %04o); run: chmod 600 %q", path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeyPEM))
	if err != nil {
		return nil, err
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; restore it, or remove it to have a new key made, "+
			"which ends all tokens that were issued", path, err)
	}
	return key, nil
}

func parseKey(text []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != pemType || len(bytes.TrimSpace(rest)) != 0 {
		return nil, errors.New("not one PEM block of type " + pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not a PKCS#8 key") // the cause tells nothing more that one could act on
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T instead of Ed25519", parsed)
	}
	return key, nil
}

// makeKey writes a new key to path unless something stands there. The file appears under its name whole or not at all: it
// is written and synced beside, and link(2), unlike rename(2), refuses to replace the file of a process that was faster.
func makeKey(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	beside, err := writeBeside(path, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
	if err != nil {
		return err
	}
	defer os.Remove(beside) //nolint:errcheck // at worst a key that was never used stays behind
	if err := os.Link(beside, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// writeBeside writes a file of mode 0600 with a name of its own into the folder of path and returns that name.
func writeBeside(path string, text []byte) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), keyFile+".*.tmp")
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}
