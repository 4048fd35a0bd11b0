// Asks a running contactpanel what the GraphQL-over-HTTP specification asks of a server, with the audits of graphql-http.
//
//   node audit.mjs BINARY
//
// The binary is started on a free port with an empty data folder of its own, asked as a signed-in agent, and stopped.
// Exit status 1 when an audit fails that is not accepted below, or when anything here cannot be done in time.

import { execFile, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { serverAudits } from 'graphql-http';

// Audits that may end in a warning or a notice: id -> why we choose otherwise. A MUST cannot be accepted, and an entry
// whose audit succeeds is an error, so that the list never says more than is true.
const noGet = 'queries by GET are not offered: a link must not be able to run one';
const accepted = new Map([
  ['5A70', noGet],
  ['D6D5', noGet],
  ['6A70', noGet],
]);

const START_SECONDS = 20; // from starting the binary to its printing the URL
const TOTAL_SECONDS = 120; // for everything up to stopping it
const STOP_SECONDS = 30; // a shutdown may take 25 s by design

const ENDPOINT = /http:\/\/127\.0\.0\.1:\d+\/graphql(?![\w/-])/;

class Failure extends Error {}

// The settings of the person who runs this must not reach the server under audit.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CONTACTPANEL_')));

// start runs `BINARY serve` and resolves to the process and the endpoint that it printed.
async function start(binary, data, processes) {
  const args = ['serve', '--no-demo', '--listen', '127.0.0.1:0', '--data', data];
  const server = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  processes.push(server);

  let output = '';
  const printed = new Promise((found, fail) => {
    const read = (chunk) => {
      output += chunk;
      const match = ENDPOINT.exec(output);
      // Only a finished line: a URL cut in two by the pipe could end in half a port number.
      if (match && output.indexOf('\n', match.index) >= 0) found(match[0]);
    };
    server.stdout.setEncoding('utf8').on('data', read);
    server.stderr.setEncoding('utf8').on('data', read);
    server.once('error', (err) => fail(new Failure(`cannot run ${binary}: ${err.message}`)));
    server.once('close', (code, signal) => fail(new Failure(`the server ended early (${code ?? signal}):\n${output}`)));
  });
  return within(START_SECONDS, printed, () => `the server printed no URL of its GraphQL endpoint:\n${output}`);
}

// signIn returns the value of the Authorization header of an agent.
async function signIn(binary, data) {
  const args = ['token', '--agent', 'Auditor', '--org', 'audit', '--data', data];
  const { stdout } = await promisify(execFile)(binary, args, { env, timeout: START_SECONDS * 1000 });
  const header = /^Authorization: (Bearer \S+)\r?\n?$/.exec(stdout);
  if (!header) throw new Failure(`"token" must print one Authorization line and nothing else, and printed:\n${stdout}`);
  return header[1];
}

// audit runs all audits and resolves to how many ended in each status, and to what is wrong, one line each.
async function audit(url, authorization, signal) {
  const fetchFn = (target, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    return fetch(target, { ...init, headers, signal });
  };
  const count = { ok: 0, warn: 0, notice: 0, error: 0 };
  const wrong = [];
  for (const { id, name, fn } of serverAudits({ url, fetchFn })) {
    const result = await fn();
    count[result.status]++;
    if (result.status === 'ok') {
      if (accepted.has(id)) wrong.push(`${id} is accepted as failing, and does not fail: take it off the list`);
      continue;
    }
    const isAccepted = result.status !== 'error' && accepted.has(id);
    const why = isAccepted ? `accepted: ${accepted.get(id)}` : `${result.reason}; the answer was ${await show(result.response)}`;
    console.log(`${result.status} ${id} ${name}: ${why}`);
    if (!isAccepted) wrong.push(`${id} ended in ${result.status}`);
  }
  return { count, wrong };
}

async function show(response) {
  const body = response.bodyUsed ? '(body read)' : (await response.text()).slice(0, 300);
  return `${response.status} ${response.headers.get('content-type') ?? '(no content type)'} ${body.trim()}`;
}

// stop ends the server as an operator would, and by force when it does not listen.
async function stop(server) {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  try {
    await within(STOP_SECONDS, ended, () => `the server did not stop within ${STOP_SECONDS} s of SIGTERM`);
  } finally {
    server.kill('SIGKILL');
    await ended;
  }
}

// within rejects with a Failure when the promise takes longer; it does not stop what the promise stands for.
async function within(seconds, promise, message) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Failure(message())), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function main(binary) {
  const data = await mkdtemp(join(tmpdir(), 'contactpanel-audit-'));
  const processes = [];
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // each request listens to it until its answer is collected
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => abort.abort(new Failure(`stopped by ${signal}`)));
  const aborted = once(abort.signal, 'abort').then(() => Promise.reject(abort.signal.reason));

  const work = async () => {
    const url = await start(binary, data, processes);
    return audit(url, await signIn(binary, data), abort.signal);
  };
  try {
    const all = Promise.race([work(), aborted]);
    const { count, wrong } = await within(TOTAL_SECONDS, all, () => `not done within ${TOTAL_SECONDS} s`);
    console.log(`${count.ok} ok, ${count.warn} warn, ${count.notice} notice, ${count.error} error`);
    if (count.ok + count.warn + count.notice + count.error === 0) wrong.push('no audit ran');
    if (wrong.length > 0) throw new Failure(wrong.join('\n'));
  } finally {
    abort.abort();
    try {
      for (const server of processes) await stop(server);
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  }
}

if (process.argv.length !== 3) {
  console.error('usage: node audit.mjs BINARY');
  process.exit(2);
}
main(resolve(process.argv[2])).catch((err) => {
  console.error(err instanceof Failure ? `audit: ${err.message}` : err);
  process.exitCode = 1;
});
