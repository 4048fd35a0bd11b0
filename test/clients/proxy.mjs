// A TCP proxy between a client and the gateway: the client's URL stays while connections are cut at any byte, held, refused,
// or led to another port.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

// proxyFor starts a proxy to the port, which is closed at the end of the test.
export async function proxyFor(t, target) {
  const proxy = new Proxy(target);
  await proxy.accept();
  t.after(() => proxy.close());
  return proxy;
}

class Proxy {
  target; // the port that new connections are led to
  port; // the port that clients connect to
  opened = 0; // connections that clients have made
  budget = () => Infinity; // bytes, one at least, that a new connection may carry to its client, at which it is cut
  #listener = null;
  #links = new Set();
  #isHolding = false;

  constructor(target) {
    this.target = target;
  }

  get url() {
    return `127.0.0.1:${this.port}/graphql`;
  }

  // accept lets clients connect, at the same port each time.
  async accept() {
    this.#listener = createServer((client) => this.#open(client));
    this.#listener.listen(this.port ?? 0, '127.0.0.1');
    await once(this.#listener, 'listening');
    this.port = this.#listener.address().port;
  }

  // refuse lets nobody connect; connections stay.
  refuse() {
    this.#listener.close();
  }

  // cut ends all connections, without a word in any protocol.
  cut() {
    for (const link of this.#links) link.cut();
  }

  // cutAt cuts each open connection when it has carried so many bytes more to its client, one at least.
  cutAt(bytes) {
    for (const link of this.#links) link.cutAt(bytes);
  }

  // keepOut lets clients connect, and wait; open connections go on.
  keepOut() {
    this.#isHolding = true;
  }

  // hold carries no byte any more; clients can connect, and wait.
  hold() {
    this.keepOut();
    for (const link of this.#links) link.hold();
  }

  // release carries what was held.
  release() {
    this.#isHolding = false;
    for (const link of this.#links) link.release(this.target);
  }

  close() {
    this.#listener.close();
    this.cut();
  }

  #open(client) {
    this.opened++;
    const link = new Link(client, this.budget(), this.opened % 2 === 0, () => this.#links.delete(link));
    this.#links.add(link);
    if (!this.#isHolding) link.release(this.target);
  }
}

// Link is one client's connection and the gateway's.
class Link {
  #client;
  #gateway = null;
  #left;
  #isReset;
  #ended;

  constructor(client, budget, isReset, ended) {
    this.#client = client.pause();
    this.#left = budget;
    this.#isReset = isReset;
    this.#ended = ended;
    client.setNoDelay(true);
    client.on('error', () => {}); // a close follows
    client.on('close', () => this.cut());
    client.on('data', (chunk) => this.#gateway.write(chunk));
    client.on('end', () => this.#gateway?.end());
  }

  release(port) {
    if (!this.#gateway) this.#connect(port);
    this.#gateway.resume();
    this.#client.resume();
  }

  hold() {
    this.#client.pause();
    this.#gateway?.pause();
  }

  cutAt(bytes) {
    this.#left = bytes;
  }

  // cut resets the connection to the gateway, and the client's or merely ends it: clients meet both.
  cut() {
    this.#ended();
    this.#gateway?.resetAndDestroy();
    if (this.#isReset) this.#client.resetAndDestroy();
    else this.#client.destroy();
  }

  #connect(port) {
    this.#gateway = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#gateway.on('error', () => {}); // a close follows
    this.#gateway.on('close', () => (this.#left > 0 ? this.#client.destroySoon() : undefined));
    this.#gateway.on('data', (chunk) => this.#carry(chunk));
    this.#gateway.on('end', () => this.#client.end());
  }

  // carry hands on what the gateway says, as far as the budget goes.
  #carry(chunk) {
    if (this.#left <= 0) return;
    if (chunk.length < this.#left) {
      this.#left -= chunk.length;
      this.#client.write(chunk);
      return;
    }
    const last = chunk.subarray(0, this.#left);
    this.#left = 0;
    this.#client.write(last, () => this.cut()); // when the bytes have left
  }
}
