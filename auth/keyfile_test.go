package auth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

func TestTheFirstUseMakesAFolderAndAKeyForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	if _, err := auth.Development(dir); err != nil {
		t.Fatalf("Development = %v", err)
	}
	wantMode(t, dir, 0o700)
	wantMode(t, filepath.Join(dir, "development-key.pem"), 0o600)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v (%v), want the key alone", files, err)
	}
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %04o, want %04o", filepath.Base(path), got, want)
	}
}

func TestTheNextUseReadsTheKeyThatIsThere(t *testing.T) {
	dir := t.TempDir()
	first := mustOpen(t, dir)
	token, err := first.Issue(anna(), noon)
	if err != nil {
		t.Fatal(err)
	}
	second := mustOpen(t, dir)
	accepted(t, second.Guard(at(noon)), "Bearer "+token)
	// Another folder is another key.
	refused(t, mustOpen(t, t.TempDir()).Guard(at(noon)), "Bearer "+token, contact.Unauthenticated)
}

func mustOpen(t *testing.T, dir string) *auth.DevelopmentIssuer {
	t.Helper()
	issuer, err := auth.Development(dir)
	if err != nil {
		t.Fatalf("Development = %v", err)
	}
	return issuer
}

func TestAllWhoMakeTheKeyAtOnceGetTheSame(t *testing.T) {
	for round := range 20 {
		dir := filepath.Join(t.TempDir(), "data")
		issuers := make([]*auth.DevelopmentIssuer, 16)
		start := make(chan struct{})
		var group sync.WaitGroup
		for i := range issuers {
			group.Go(func() {
				<-start
				var err error
				if issuers[i], err = auth.Development(dir); err != nil {
					t.Errorf("Development = %v", err)
				}
			})
		}
		close(start)
		group.Wait()
		if t.Failed() {
			return
		}
		guards := []*auth.Guard{issuers[round%16].Guard(at(noon)), mustOpen(t, dir).Guard(at(noon))}
		for _, issuer := range issuers {
			token, err := issuer.Issue(anna(), noon)
			if err != nil {
				t.Fatal(err)
			}
			for _, guard := range guards {
				accepted(t, guard, "Bearer "+token)
			}
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Fatalf("the folder holds %v (%v), want the key alone", files, err)
		}
	}
}

func TestAKeyThatOthersMayOpenIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my data")
	mustOpen(t, dir)
	path := filepath.Join(dir, "development-key.pem")
	for _, mode := range []os.FileMode{0o644, 0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := auth.Development(dir)
		if err == nil {
			t.Errorf("mode %04o is accepted", mode)
			continue
		}
		for _, want := range []string{fmt.Sprintf("mode %04o", mode), fmt.Sprintf("chmod 600 %q", path)} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("Development = %v, want it to say %q", err, want)
			}
		}
		wantMode(t, path, mode)
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		mustOpen(t, dir)
	}
}

func TestADamagedKeyIsAnErrorAndStaysAsItIs(t *testing.T) {
	dir := t.TempDir()
	mustOpen(t, dir)
	path := filepath.Join(dir, "development-key.pem")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty":               {},
		"no PEM":              []byte("secret"),
		"cut short":           good[:len(good)/2],
		"another kind":        bytes.ReplaceAll(good, []byte("PRIVATE KEY"), []byte("CERTIFICATE")),
		"no key inside":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")}),
		"a key of other kind": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ecDER}),
		"two keys":            append(bytes.Clone(good), good...),
		"very long":           append(bytes.Clone(good), bytes.Repeat([]byte("x"), 1<<20)...),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := auth.Development(dir)
			if err == nil || !strings.Contains(err.Error(), path+" is damaged") {
				t.Errorf("Development = %v, want it to say that the file is damaged", err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error quotes the file: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, text) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestAFolderThatCannotBeUsedIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "development-key.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"a file in the folder's place": file,
		"a folder below a file":        filepath.Join(file, "data"),
		"a folder in the key's place":  folder,
	} {
		if _, err := auth.Development(dir); err == nil || !strings.HasPrefix(err.Error(), "open the development key: ") {
			t.Errorf("%s: Development = %v, want an error that says what was being done", name, err)
		}
	}
}
