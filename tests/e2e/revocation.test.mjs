// S24: a stream ends with the credential that opened it, and no other stream does.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { chatter } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const limitMs = 5_000;
const logs = '/projects/clock/logs?follow=true&tail=0';
const secondKey = 'b'.repeat(64);
let api;
let daemon;
let root;

before(async () => {
  ({ api, daemon, root } = await scene((r) =>
    r.project('clock', { compose: { services: { ticker: chatter({ intervalMs: 50 }) } }, ingress: { enabled: true } }),
  ));
  assert.equal((await api.deploy('clock')).state, 'succeeded');
});

/** One stream of each kind, all of them flowing. `who` opens them, as `headers` say. */
async function openAll(who, headers) {
  const sse = who.stream(logs, 'text/event-stream', { headers });
  const ndjson = who.stream(logs, 'application/x-ndjson', { headers });
  const text = who.stream(logs, 'text/plain', { headers });
  const events = who.stream('/events', 'text/event-stream', { headers });
  const sockets = { many: who.websocket('/ws', { headers }), one: who.websocket(logs, { headers }) };
  for (const socket of Object.values(sockets)) {
    socket.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString(), at: performance.now() })));
    await socket.opened;
  }
  sockets.many.send(JSON.stringify({ op: 'subscribe', id: 'l', channel: 'logs', project: 'clock', params: { tail: 0 } }));
  await events.started;
  const all = { streams: { sse, ndjson, text, events }, sockets };
  await until('all to flow', () => counts(all).every((count) => count > 0));
  return all;
}

const counts = ({ streams: { sse, ndjson, text }, sockets: { many, one } }) => [sse.records.length, ndjson.records.length, text.records.length, many.messages.length, one.messages.length];

async function assertEnded({ streams, sockets }, from) {
  for (const [name, stream] of Object.entries(streams)) {
    const records = await stream.end({ timeoutMs: limitMs });
    assert.equal(stream.response.complete, true, name);
    const last = records.at(-1);
    if (stream.accept === 'text/event-stream') assert.match(`${last.event} ${last.json.reason}`, /^closing .*log in again/, name);
    if (stream.accept === 'application/x-ndjson') assert.match(`${last.kind} ${last.reason}`, /^closing .*log in again/, name);
  }
  for (const [name, socket] of Object.entries(sockets)) {
    const { code, reason, at } = await socket.closed;
    assert.equal(code, 1008, name);
    assert.match(reason, /log in again/, name);
    assert.ok(at - from < limitMs, `${name}: ${at - from} ms`);
  }
  assert.ok(performance.now() - from < limitMs, `${performance.now() - from} ms`);
}

async function assertFlowing(all) {
  const seen = counts(all);
  await until('all to go on', () => counts(all).every((count, i) => count > seen[i] + 5));
  for (const [name, stream] of Object.entries(all.streams)) assert.equal(stream.ended, false, name);
}

function close({ streams, sockets }) {
  for (const stream of Object.values(streams)) stream.close();
  for (const socket of Object.values(sockets)) socket.terminate();
}

async function login() {
  const answer = await api.anyone().request('POST', '/auth/login', { body: { token: root.token } });
  assert.equal(answer.status, 200);
  return { Cookie: answer.headers.get('set-cookie').split(';')[0], Origin: api.base };
}

test('a log-out ends what the session follows, and nobody else', async () => {
  const [mine, other] = [await login(), await login()];
  const ending = await openAll(api.anyone(), mine);
  const staying = [await openAll(api.anyone(), other), await openAll(api)];
  const from = performance.now();
  assert.equal((await api.anyone().request('POST', '/auth/logout', { headers: mine })).status, 204);
  await assertEnded(ending, from);
  for (const all of staying) {
    await assertFlowing(all);
    close(all);
  }
});

test('a new admin token ends what the old one and its sessions follow, and not what the other key does', async () => {
  const file = root.path('secrets/itsup.txt');
  writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd()}\nAPI_KEY=${secondKey}\n`);
  process.kill(daemon.pid, 'SIGHUP');
  const second = new Api({ base: api.base, token: secondKey });
  await until('the second key to count', async () => (await second.request('GET', '/projects')).status === 200);
  const ending = [await openAll(api), await openAll(api.anyone(), await login())];
  const staying = await openAll(second);
  const from = performance.now();
  writeFileSync(file, readFileSync(file, 'utf8').replace(root.token, 'e'.repeat(64)));
  process.kill(daemon.pid, 'SIGHUP');
  for (const all of ending) await assertEnded(all, from);
  await assertFlowing(staying);
  close(staying);
});
