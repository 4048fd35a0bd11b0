// Runs the contactpanel binary for a test, with a data folder of its own, and asks it by HTTP.

import { execFile, spawn } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BINARY = resolve(process.env.CONTACTPANEL_BINARY ?? fileURLToPath(new URL('../../bin/contactpanel', import.meta.url)));
const ORG = 'clients';

const START_SECONDS = 20; // from starting the binary to its printing the URL
const STOP_SECONDS = 25; // a shutdown may take 20 s by design
const ASK_SECONDS = 15;

const ENDPOINT = /http:\/\/127\.0\.0\.1:(\d+)\/graphql(?![\w/-])/;

// The settings of the person who runs this must not reach the gateway under test.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CONTACTPANEL_')));
env.CONTACTPANEL_LIMIT_AGENT_BURST = '1000000'; // the tests write as fast as they can

// Whatever ends the tests ends what they started.
const started = new Set();
process.once('exit', () => started.forEach((gateway) => gateway.abandon()));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// until waits for a condition to hold; what is said of one that does not in time is the message, or what it returns.
export async function until(holds, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${typeof what === 'function' ? what() : what}`);
    await delay(5);
  }
}

// gatewayFor starts a gateway, which is stopped at the end of the test.
export async function gatewayFor(t) {
  const gateway = new Gateway(await mkdtemp(join(tmpdir(), 'contactpanel-clients-')));
  started.add(gateway);
  t.after(() => gateway.end());
  await gateway.start();
  gateway.header = await gateway.signIn();
  return gateway;
}

class Gateway {
  header; // the Authorization of the agent who asks unless another one is named
  port; // where the process that runs now listens
  #data;
  #process = null;

  constructor(data) {
    this.#data = data;
  }

  // start runs the binary; the port is another one each time.
  async start() {
    const args = ['serve', '--no-demo', '--listen', '127.0.0.1:0', '--data', this.#data];
    const server = spawn(BINARY, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = server;

    let output = '';
    let failure = null;
    const read = (chunk) => (output += chunk);
    server.stdout.setEncoding('utf8').on('data', read);
    server.stderr.setEncoding('utf8').on('data', read);
    server.once('error', (err) => (failure = `cannot run ${BINARY}: ${err.message}`));
    server.once('close', (code, signal) => (failure = `the gateway ended early (${code ?? signal})`));
    // Only a finished line: a URL cut in two by the pipe could end in half a port number.
    const printed = () => output.slice(0, output.lastIndexOf('\n') + 1).match(ENDPOINT);
    await until(() => failure || printed(), 'the gateway prints its URL', START_SECONDS);
    if (failure) throw new Error(`${failure}:\n${output}`);
    this.port = Number(printed()[1]);
  }

  // stop ends the process as an operator would, and is an error when it does not end by itself.
  async stop() {
    const server = this.#process;
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    const late = AbortSignal.timeout(STOP_SECONDS * 1000);
    late.onabort = () => server.kill('SIGKILL');
    const [code, signal] = await ended;
    late.onabort = null;
    if (code !== 0) throw new Error(`the gateway did not stop well on SIGTERM (${code ?? signal})`);
  }

  // end leaves nothing behind.
  async end() {
    const server = this.#process;
    if (server && server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    }
    await rm(this.#data, { recursive: true, force: true });
    started.delete(this);
  }

  // abandon is the end where nothing can be waited for any more.
  abandon() {
    this.#process?.kill('SIGKILL');
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 3 });
  }

  // signIn returns the value of an agent's Authorization header.
  async signIn({ agent = 'Anna', org = ORG, ttl = '1h' } = {}) {
    const args = ['token', '--agent', agent, '--org', org, '--ttl', ttl, '--data', this.#data];
    const { stdout } = await promisify(execFile)(BINARY, args, { env, timeout: START_SECONDS * 1000 });
    return /^Authorization: (Bearer \S+)\r?\n?$/.exec(stdout)[1];
  }

  // longExpired returns the header with a token that ended a minute ago, signed with the gateway's key: more than the 30 s
  // that the clocks of an issuer and a gateway may differ.
  async longExpired() {
    const [head, payload] = this.header.slice('Bearer '.length).split('.');
    const now = Math.floor(Date.now() / 1000);
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url')), iat: now - 3600, nbf: now - 3600, exp: now - 60 };
    const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    const key = createPrivateKey(await readFile(join(this.#data, 'development-key.pem')));
    return `Bearer ${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
  }

  // ask runs a query or mutation and returns its data; errors are thrown.
  async ask(query, variables = {}, authorization = this.header) {
    const response = await fetch(`http://127.0.0.1:${this.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(ASK_SECONDS * 1000),
    });
    const text = await response.text();
    const { data, errors } = JSON.parse(text);
    if (response.status !== 200 || errors) throw new Error(`${response.status} ${text}`);
    return data;
  }
}
