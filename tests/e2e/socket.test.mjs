// GET /ws under the conditions that no browser makes on purpose: a reader that stops, a server that goes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { chatter } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until, within } from '../support/wait.mjs';

let api;
let daemon;

const prepare = (root) =>
  root
    .project('clock', { compose: { services: { ticker: chatter({ intervalMs: 50 }) } }, ingress: { enabled: true } })
    .project('flood', { compose: { services: { spout: chatter({ intervalMs: 5, burst: 20, pad: 2000 }) } }, ingress: { enabled: true } });

before(async () => {
  ({ api, daemon } = await scene(prepare));
  for (const name of ['clock', 'flood']) assert.equal((await api.deploy(name)).state, 'succeeded');
});

async function open(from = api, path = '/ws') {
  const socket = await from.websocket(path).opened;
  socket.closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
  socket.say = (message) => socket.send(JSON.stringify(message));
  socket.events = () => socket.messages.map(({ text }) => JSON.parse(text));
  return socket;
}

const subscribe = (socket, project, id = project) => socket.say({ op: 'subscribe', id, channel: 'logs', project });
const lines = (socket, id) => socket.events().filter((frame) => frame.id === id && frame.event === 'line');

test('a reader that stops is told by a gap what it missed, and disturbs no other', async () => {
  const stuck = await open();
  const reader = await open();
  subscribe(stuck, 'flood');
  subscribe(reader, 'clock');
  await until('both to get lines', () => lines(stuck, 'flood').length > 0 && lines(reader, 'clock').length > 0);
  stuck.pause();
  const residentKb = daemon.residentKb();
  const seen = lines(reader, 'clock').length;
  // 8 MB a second arrive for the one that does not read; the other goes on at its 20 lines a second.
  await until('the reader to get 200 more', () => lines(reader, 'clock').length >= seen + 200, { timeoutMs: 60_000 });
  assert.ok(daemon.residentKb() < residentKb + 32_768, `${residentKb} → ${daemon.residentKb()} KB`);
  assert.equal(reader.events().some((frame) => frame.event === 'gap'), false);
  stuck.resume();
  const gap = await until('the gap', () => stuck.events().find((frame) => frame.id === 'flood' && frame.event === 'gap'), { timeoutMs: 20_000 });
  assert.ok(Object.values(gap.data).some((value) => Number.isInteger(value) && value > 0), JSON.stringify(gap));
  for (const socket of [stuck, reader]) socket.terminate();
});

const gauge = async (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await api.request('GET', '/metrics')).body)[1]);
const nothingFollowed = () =>
  until('no stream and no upstream', async () => (await gauge('itsup_streams')) === 0 && (await gauge('itsup_log_upstreams')) === 0);

test('when a socket goes, its subscriptions go within seconds', async () => {
  await nothingFollowed();
  const before = daemon.unixSockets();
  const sockets = await Promise.all(Array.from({ length: 10 }, () => open()));
  for (const socket of sockets) for (const project of ['clock', 'flood']) subscribe(socket, project);
  await until('lines', () => sockets.every((socket) => lines(socket, 'clock').length > 0));
  assert.equal(await gauge('itsup_streams'), 30, 'each socket and its two subscriptions');
  assert.equal(await gauge('itsup_log_upstreams'), 2, 'one for each container');
  for (const socket of sockets) socket.terminate();
  await nothingFollowed();
  // But for the idle connections that plain requests share.
  assert.ok(daemon.unixSockets() <= before + 8, `${before} → ${daemon.unixSockets()}`);
});

test('bad messages are answered with problems, and the socket stays open', async () => {
  const socket = await open();
  const bad = ['{', '[]', '{"op":"fly"}', '{"op":"subscribe"}', '{"op":"subscribe","id":"x","channel":"logs"}', '{"op":"subscribe","op":"ping"}', '{"op":"subscribe","id":"y","channel":"logs","project":"../etc"}', '{"op":"subscribe","id":"z","channel":"deployment","deployment":"1"}'];
  for (const text of bad) socket.send(text);
  socket.send(Buffer.from([1, 2, 3]));
  await until('an answer to each', () => socket.events().filter((frame) => frame.event === 'error').length >= bad.length + 1);
  for (const { data } of socket.events().filter((frame) => frame.event === 'error')) {
    assert.ok(data.status >= 400 && data.status < 500, JSON.stringify(data));
    assert.ok(data.detail.length > 3);
  }
  socket.say({ op: 'ping' });
  await until('pong', () => socket.events().some((frame) => frame.event === 'pong'));
  socket.terminate();
});

/** A second daemon that sees the same containers, for the test to end. */
const another = async () => (await scene(prepare)).daemon;

test('SIGTERM closes sockets with 1001 and the process ends with 0', async () => {
  const other = await another();
  const sockets = [await open(other.api), await open(other.api), await open(other.api, '/projects/clock/logs?follow')];
  subscribe(sockets[0], 'clock');
  await until('lines', () => lines(sockets[0], 'clock').length > 0 && sockets[2].messages.length > 0);
  process.kill(other.pid, 'SIGTERM');
  for (const socket of sockets) assert.equal((await within(5_000, 'the close', socket.closed)).code, 1001);
  assert.equal((await within(10_000, 'the end', other.child.ended)).code, 0);
});

test('SIGTERM under sockets that do not read cuts them when its time is up, and ends with 0', async () => {
  const other = await another();
  const sockets = await Promise.all(Array.from({ length: 5 }, () => open(other.api)));
  for (const socket of sockets) {
    for (let n = 0; n < 10; n += 1) subscribe(socket, 'flood', `flood-${n}`);
    socket.say({ op: 'subscribe', id: 'events', channel: 'events' });
  }
  await until('lines', () => sockets.every((socket) => lines(socket, 'flood-9').length > 0), { timeoutMs: 90_000 });
  for (const socket of sockets) socket.pause();
  // Until a kernel's buffer is full and the daemon waits in a write: 8 MB a second would change it otherwise.
  let before = new Map();
  await until('a queue that stands still', () => {
    const last = before;
    before = other.sendQueues();
    return [...before].some(([peer, bytes]) => bytes > 0 && last.get(peer) === bytes);
  }, { timeoutMs: 30_000, everyMs: 250 });
  process.kill(other.pid, 'SIGTERM');
  const { code, signal } = await within(40_000, 'the end', other.child.ended);
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, other.output().slice(-2000));
  for (const socket of sockets) socket.terminate();
});
