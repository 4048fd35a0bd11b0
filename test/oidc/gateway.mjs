// Runs the contactpanel binary with an issuer, and asks it by HTTP.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const BINARY = resolve(process.env.CONTACTPANEL_BINARY ?? fileURLToPath(new URL('../../bin/contactpanel', import.meta.url)));
const START_SECONDS = 30;
const ENDPOINT = /http:\/\/127\.0\.0\.1:(\d+)\/graphql(?![\w/-])/;

// The settings of the person who runs this must not reach the gateway under test.
export const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CONTACTPANEL_')));

// Whatever ends the tests ends what they started.
const started = new Set();
process.once('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// until waits for a condition to hold.
export async function until(holds, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await delay(100);
  }
}

// gatewayFor starts a gateway with the settings; it is ended with the test.
export async function gatewayFor(t, ...settings) {
  const data = await mkdtemp(join(tmpdir(), 'contactpanel-oidc-'));
  const child = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0', '--data', data, ...settings], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    started.delete(child);
    await rm(data, { recursive: true, force: true });
  });
  let output = '';
  const read = (chunk) => (output += chunk);
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  let failure = null;
  child.once('error', (err) => (failure = `cannot run ${BINARY}: ${err.message}`));
  child.once('close', (code, signal) => (failure ??= `the gateway ended early (${code ?? signal})`));
  // Only a finished line: a URL cut in two by the pipe could end in half a port number.
  const printed = () => output.slice(0, output.lastIndexOf('\n') + 1).match(ENDPOINT);
  await until(() => failure || printed(), 'the gateway prints its URL', START_SECONDS);
  if (failure) throw new Error(`${failure}:\n${output}`);
  return new Gateway(Number(printed()[1]), data, () => output);
}

class Gateway {
  constructor(port, data, output) {
    Object.assign(this, { url: `http://127.0.0.1:${port}`, data, output });
  }

  async get(path) {
    const response = await fetch(this.url + path, { redirect: 'manual' });
    return { status: response.status, text: (await response.text()).trim() };
  }

  // ask gives status, challenge, and the answer to a query by who has the token.
  async ask(token, query = '{ viewer { id name organisation roles teams } }') {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = await response.json();
    return { status: response.status, challenge: response.headers.get('www-authenticate'), data, code: errors?.[0].extensions.code };
  }
}
