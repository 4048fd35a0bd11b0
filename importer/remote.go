package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"contactpanel/contact"
)

// Limits towards a gateway.
const (
	requestRows    = 15               // mutations in one document, each with an alias; they run in order (GraphQL specification, 6.2.2)
	requestBytes   = maxInput + 8<<10 // of the rows in one body, so that a gateway's 128 KiB hold
	requestTimeout = time.Minute
	maxAnswer      = 16 << 20
	maxWait        = 2 * time.Minute  // between two tries, for a gateway that asks for patience
	maxPatience    = 10 * time.Minute // for one request, all its waits together
	maxTries       = 60
	mostGrowth     = 30 * time.Second
)

// Remote is the organisation of the token at a running gateway: url is its GraphQL endpoint, authorization the value of the
// header. The token's actor must be an integration or an administrator.
func Remote(client *http.Client, url, authorization string) Target {
	return &remote{client: client, url: url, authorization: authorization}
}

type remote struct {
	client             *http.Client
	url, authorization string
	waited             time.Duration
}

// Waited implements [patient].
func (r *remote) Waited() time.Duration { return r.waited }

func (r *remote) Definitions(ctx context.Context) ([]*contact.AttributeDefinition, error) {
	var data struct{ AttributeDefinitions []wireDefinition }
	if err := r.ask(ctx, definitionsDocument, nil, &data); err != nil {
		return nil, err
	}
	out := make([]*contact.AttributeDefinition, len(data.AttributeDefinitions))
	for i, d := range data.AttributeDefinitions {
		out[i] = d.definition()
	}
	return out, nil
}

func (r *remote) Upsert(ctx context.Context, inputs []contact.UpsertInput) ([]contact.UpsertResult, error) {
	var results []contact.UpsertResult
	var next []json.RawMessage
	size := 0
	for i := range inputs {
		written, err := json.Marshal(inputOf(&inputs[i]))
		if err != nil {
			return results, fmt.Errorf("write a row as JSON: %w", err)
		}
		if len(next) == requestRows || size+len(written) > requestBytes && len(next) > 0 {
			if results, err = r.send(ctx, next, results); err != nil {
				return results, err
			}
			next, size = nil, 0
		}
		next = append(next, written)
		size += len(written)
	}
	return r.send(ctx, next, results)
}

// send brings some rows in with one request and adds their results.
func (r *remote) send(ctx context.Context, rows []json.RawMessage, results []contact.UpsertResult) ([]contact.UpsertResult, error) {
	variables := make(map[string]json.RawMessage, len(rows))
	for i, row := range rows {
		variables["i"+strconv.Itoa(i)] = row
	}
	var data map[string]wirePayload
	if err := r.ask(ctx, upsertDocument(len(rows)), variables, &data); err != nil {
		return results, err
	}
	for i := range rows {
		result, err := data["u"+strconv.Itoa(i)].result()
		if err != nil {
			return results, fmt.Errorf("ask the gateway at %s: %w", r.url, err)
		}
		results = append(results, result)
	}
	return results, nil
}

// ask sends one document and reads its data. A gateway that says when to come back has executed nothing, and is asked again
// then, unless it takes too long.
func (r *remote) ask(ctx context.Context, document string, variables, data any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	total := time.Duration(0)
	for tries := 0; ; tries++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("ask the gateway at %s: %w", r.url, err)
		}
		again, err := r.try(ctx, body, data)
		if again == nil {
			return err
		}
		wait := again.after(tries)
		if tries == maxTries-1 || total+wait > maxPatience {
			return fmt.Errorf("asked %d times, waiting %s in all: %w", tries+1, total.Round(time.Second), err)
		}
		began := time.Now()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		total += time.Since(began)
		r.waited += time.Since(began)
	}
}

// try sends a request once. With an error, again says whether and when to try again.
func (r *remote) try(ctx context.Context, body []byte, data any) (again *patience, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	request.Header.Set("Authorization", r.authorization)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the gateway: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer of the gateway at %s: %w", r.url, err)
	}
	if err := understand(answer.StatusCode, text, data); err != nil {
		return patienceIn(answer, text), fmt.Errorf("ask the gateway at %s: %w", r.url, err)
	}
	return nil, nil
}

// patience is how long a gateway wants to be left alone.
type patience struct {
	wait   time.Duration
	isFull bool // it has too much to do, whoever asks
}

// after is how long to wait when it was asked in vain so often before. A rate comes back when it was said to; a gateway that has
// too much to do may not, and is asked ever more seldom.
func (p *patience) after(tries int) time.Duration {
	if !p.isFull {
		return p.wait
	}
	return max(p.wait, min(time.Duration(tries)*time.Second, mostGrowth))
}

// patienceIn is what an answer says of when to come back, nil for nothing. A status 503 that says nothing of it is a store that does
// not answer: what became of the rows is not known.
func patienceIn(answer *http.Response, text []byte) *patience {
	isFull := answer.StatusCode == http.StatusServiceUnavailable
	if !isFull && answer.StatusCode != http.StatusTooManyRequests {
		return nil
	}
	var said struct {
		Errors []struct {
			Extensions struct{ RetryAfterMs *int64 }
		}
	}
	wait := -time.Second
	if json.Unmarshal(text, &said) == nil && len(said.Errors) > 0 && said.Errors[0].Extensions.RetryAfterMs != nil {
		wait = time.Duration(*said.Errors[0].Extensions.RetryAfterMs) * time.Millisecond
	} else if seconds, err := strconv.Atoi(strings.TrimSpace(answer.Header.Get("Retry-After"))); err == nil {
		wait = time.Duration(seconds) * time.Second
	}
	switch {
	case wait < 0 && isFull:
		return nil
	case wait < 0:
		wait = time.Second
	}
	return &patience{min(wait, maxWait), isFull}
}

// understand reads a GraphQL answer. Errors of the gateway keep their code.
func understand(status int, text []byte, data any) error {
	answer := struct {
		Data   any
		Errors []struct {
			Message    string
			Extensions struct{ Code contact.Code }
		}
	}{Data: data}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("status %d without a GraphQL answer", status)
	}
	if len(answer.Errors) > 0 {
		first := answer.Errors[0]
		return contact.Errorf(first.Extensions.Code, "%s", first.Message)
	}
	if status != http.StatusOK || answer.Data == nil {
		return errors.New("status " + strconv.Itoa(status) + " without data")
	}
	return nil
}
