// The two npm clients as an application sets them up, and a record of what they do. Both have the same `subscribe`.

import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { setImmediate as soon } from 'node:timers/promises';
import WebSocket from 'ws';

// The clients by name: `make` makes one, `patient` are settings that outlast any outage, and come back at once besides, which
// suits a test and no application.
export const kinds = [
  { name: 'graphql-ws', make: overSockets, patient: { retryAttempts: Infinity, shouldRetry: () => true, retryWait: () => soon() } },
  { name: 'graphql-sse', make: overStreams, patient: { retryAttempts: Infinity, retry: () => soon() } },
];

// overSockets makes a client of graphql-ws with its default settings, but for the given ones. `authorization` is asked for
// each connection.
export function overSockets(t, url, authorization, settings = {}) {
  const seen = { subscribed: [], closes: [], tries: 0, failures: 0, connections: 0 };
  class Recorded extends WebSocket {
    send(data, ...rest) {
      const message = JSON.parse(data);
      if (message.type === 'subscribe') seen.subscribed.push(message.payload);
      super.send(data, ...rest);
    }
  }
  const client = createSocketClient({
    url: `ws://${url}`,
    webSocketImpl: Recorded,
    connectionParams: async () => ({ Authorization: await authorization() }),
    on: {
      connecting: () => seen.tries++,
      connected: () => seen.connections++,
      error: () => seen.failures++,
      closed: (event) => seen.closes.push(`${event.code} ${event.reason}`.trim()),
    },
    ...settings,
  });
  t.after(() => client.dispose().catch(() => {})); // a connection that is just being made fails: the proxy is closed
  return Object.assign(client, { seen });
}

// overStreams makes a client of graphql-sse, as overSockets does.
export function overStreams(t, url, authorization, settings = {}) {
  const seen = { subscribed: [], statuses: [], tries: 0, failures: 0, connections: 0 };
  const client = createStreamClient({
    url: `http://${url}`,
    headers: async () => ({ Authorization: await authorization() }),
    fetchFn: async (target, init) => {
      seen.subscribed.push(JSON.parse(init.body));
      try {
        const response = await fetch(target, init);
        seen.statuses.push(response.status);
        return response;
      } catch (err) {
        seen.failures++;
        throw err;
      }
    },
    on: { connecting: () => seen.tries++, connected: () => seen.connections++ },
    ...settings,
  });
  t.after(() => client.dispose());
  return Object.assign(client, { seen });
}
