package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const eraseMutation = `mutation($input: EraseContactInput!) { eraseContact(input: $input) { contactId problems { message } } }`

// TestAContactIsExportedAndErased asks a gateway as an administrator's page does, and looks into its folder when it has ended.
func TestAContactIsExportedAndErased(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo")
	admin := header(t, data, "--agent", "Ada", "--org", "erase", "--role", "ADMIN")
	contact := makeContact(t, p.url, admin, "Zenobia Quarkxyz")
	a, err := ask(p.url, admin, addNoteMutation, map[string]any{"input": map[string]any{"contactId": contact, "body": "Likes zylophones."}})
	member[noteAdded](t, a, err, "addNote")
	texts := []string{"Zenobia Quarkxyz", "quarkxyz", "zylophones"}

	status, document := export(t, p.url, admin, contact)
	if status != http.StatusOK || !json.Valid(document) || !bytes.Contains(document, []byte("zylophones")) {
		t.Fatalf("the export: status %d: %s", status, document)
	}
	a, err = ask(p.url, admin, eraseMutation, map[string]any{"input": map[string]any{"contactId": contact}})
	erased := member[struct{ ContactID string }](t, a, err, "eraseContact")
	if erased.ContactID != contact {
		t.Fatalf("eraseContact: %+v", a)
	}
	if status, body := export(t, p.url, admin, contact); status != http.StatusNotFound {
		t.Errorf("the export of an erased contact: status %d: %s", status, body)
	}
	p.terminate()
	if status := p.end(time.Minute); status != 0 {
		t.Errorf("the gateway ended with status %d\n%s", status, p.log)
	}
	for _, text := range texts {
		for name, found := range filesWith(t, data, text) {
			t.Errorf("%s holds %q %d times", name, text, found)
		}
	}
}

func export(t *testing.T, url, authorization, contact string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/contacts/"+contact+"/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// filesWith counts a text in the files of a folder.
func filesWith(t *testing.T, folder, text string) map[string]int {
	t.Helper()
	out := map[string]int{}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(raw, []byte(text)); n > 0 {
			out[file] = n
		}
	}
	return out
}

func TestPagesOfListedOriginsMayFetchAnExport(t *testing.T) {
	allowed, err := parseOrigins([]string{"https://app.example.com"}, false)
	if err != nil {
		t.Fatal(err)
	}
	h := crossOrigin(allowed).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com", "https://other.example.com": ""} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodOptions, "/contacts/contact_1/export", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", http.MethodGet)
		r.Header.Set("Access-Control-Request-Headers", "authorization")
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("a page of %s gets %q, want %q", origin, got, want)
		}
	}
}
