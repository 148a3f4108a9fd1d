// Logs on a real engine: four shapes, the query, and following across restart and recreate.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { chatter } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const compose = (intervalMs) => ({ services: { ticker: chatter({ intervalMs }), other: chatter({ intervalMs: 1000 }) } });
const path = '/projects/clock/logs';
let api;
let engine;
let root;
let daemon;

before(async () => {
  ({ api, engine, root, daemon } = await scene((r) => r.project('clock', { compose: compose(50), ingress: { enabled: true } })));
  const deployment = await api.deploy('clock');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  await until('some lines', async () => (await api.request('GET', `${path}?tail=20&service=ticker`)).body.split('\n').length >= 20);
});

const numberOf = (line) => Number(/line (\d+)/.exec(line)?.[1]);

test('text/plain is the bare lines, as curl gets them', async () => {
  const { status, headers, body } = await api.request('GET', `${path}?service=ticker&tail=5`, { headers: { Accept: '*/*' } });
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /^text\/plain/);
  const lines = body.trimEnd().split('\n');
  assert.equal(lines.length, 5);
  for (const line of lines) assert.match(line, /^(INFO|WARN) line \d+ at /);
});

test('NDJSON has one record a line, with time, service, container and stream', async () => {
  const { body, headers } = await api.request('GET', `${path}?service=ticker&tail=10`, { headers: { Accept: 'application/x-ndjson' } });
  assert.match(headers.get('content-type'), /^application\/x-ndjson/);
  const records = body.trimEnd().split('\n').map((line) => JSON.parse(line));
  const lines = records.filter((record) => record.kind === 'line');
  assert.equal(lines.length, 10);
  for (const record of lines) {
    assert.equal(record.project, 'clock');
    assert.equal(record.service, 'ticker');
    assert.match(record.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(record.stream, record.line.startsWith('WARN') ? 'stderr' : 'stdout');
    assert.ok(record.container);
  }
});

test('S04: a regular expression that kills others costs nothing, a broken one is named', async () => {
  const started = performance.now();
  const { status, body } = await api.request('GET', `${path}?tail=1000&grep=${encodeURIComponent('(.+)+(\\d+)+x$')}`, { headers: { Accept: 'text/plain' } });
  assert.equal(status, 200);
  assert.equal(body, '');
  // One line of 30 characters would keep a backtracking engine for minutes.
  assert.ok(performance.now() - started < 10_000);
  const broken = await api.request('GET', `${path}?grep=${encodeURIComponent('(a')}`);
  assert.equal(broken.status, 422);
  assert.match(JSON.stringify(broken.body), /grep/);
});

test('SSE delivers line events with ids, live', async () => {
  const stream = api.stream(`${path}?service=ticker&follow=true&tail=0`);
  await stream.started;
  assert.match(stream.headers['content-type'], /^text\/event-stream/);
  await until('ten lines', () => stream.records.filter((record) => record.event === 'line').length >= 10);
  stream.close();
  const numbers = stream.records.filter((record) => record.event === 'line').map((record) => numberOf(record.json.line));
  numbers.sort((a, b) => a - b);
  for (let n = 1; n < numbers.length; n += 1) assert.equal(numbers[n], numbers[n - 1] + 1, `no gap, no duplicate: ${numbers}`);
  assert.ok(stream.records.every((record) => record.event !== 'line' || record.id));
});

test('a WebSocket carries the same records', async () => {
  const socket = await api.websocket(`${path}?service=ticker&follow=true&tail=3`).opened;
  await until('messages', () => socket.messages.length >= 8);
  socket.close();
  const lines = socket.messages.map((message) => JSON.parse(message.text)).filter((record) => record.kind === 'line');
  assert.ok(lines.length >= 5);
  assert.match(lines[0].line, /line \d+/);
});

test('an upgrade without credentials or from a foreign origin is refused', async () => {
  await assert.rejects(api.websocket(path, { headers: { Authorization: '' } }).opened, /401/);
});

test('grep keeps matching lines only, invert the others', async () => {
  const warn = await api.request('GET', `${path}?service=ticker&tail=50&grep=${encodeURIComponent('^WARN')}`);
  assert.ok(warn.body.trimEnd().split('\n').every((line) => line.startsWith('WARN')));
  const info = await api.request('GET', `${path}?service=ticker&tail=50&grep=WARN&invert=true`);
  assert.ok(info.body.trimEnd().split('\n').every((line) => line.startsWith('INFO')));
});

test('stream=stderr keeps one stream', async () => {
  const { body } = await api.request('GET', `${path}?service=ticker&tail=50&stream=stderr`);
  assert.ok(body.trimEnd().split('\n').every((line) => line.startsWith('WARN')));
});

test('since leaves out what is older', async () => {
  const times = async (query) => {
    const { body } = await api.request('GET', `${path}?service=ticker&tail=1000${query}`, { headers: { Accept: 'application/x-ndjson' } });
    const records = body.trimEnd().split('\n').map((line) => JSON.parse(line));
    return records.filter((record) => record.kind === 'line').map((record) => Date.parse(record.time));
  };
  const all = await times('');
  const since = all[Math.floor(all.length / 2)];
  assert.ok(all.some((time) => time < since), 'there is something older');
  const newer = await times(`&since=${new Date(since).toISOString()}`);
  assert.ok(newer.length > 0);
  assert.ok(newer.every((time) => time >= since), `${Math.min(...newer)} is before ${since}`);
});

test('several services merge by time', async () => {
  // One output each: between a container's two the engine writes in another order than it stamps.
  const records = await until('lines of both', async () => {
    const { body } = await api.request('GET', `${path}?tail=100&stream=stdout`, { headers: { Accept: 'application/x-ndjson' } });
    const lines = body.trimEnd().split('\n').map((line) => JSON.parse(line)).filter((record) => record.kind === 'line');
    return new Set(lines.map((record) => record.service)).size === 2 && lines;
  });
  const times = records.map((record) => record.time);
  assert.deepEqual(times, [...times].sort());
});

for (const [name, bad] of [['tail', 'tail=-1'], ['since', 'since=yesterday'], ['grep', 'grep=(['], ['service', 'service=nothere']]) {
  test(`a bad ${name} is refused with a message that names it`, async () => {
    const { status, body } = await api.request('GET', `${path}?${bad}`);
    assert.ok([400, 404, 422].includes(status), `${status}`);
    assert.match(JSON.stringify(body), new RegExp(name));
  });
}

test('a follower goes on across restart and recreate, without a gap', async () => {
  const stream = api.stream(`${path}?service=ticker&follow=true&tail=0`, 'application/x-ndjson');
  await stream.started;
  const lines = () => stream.records.filter((record) => record.kind === 'line');
  await until('lines', () => lines().length > 5);
  const [first] = (await engine.containers('clock')).filter((c) => c.Config.Labels['com.docker.compose.service'] === 'ticker');
  await engine.docker('restart', '-t', '2', first.Id);
  await until('lines after the restart', () => lines().filter((record) => numberOf(record.line) === 3).length >= 1);
  root.project('clock', { compose: compose(60) });
  assert.equal((await api.deploy('clock')).state, 'succeeded');
  await until('lines of the new container', () => lines().some((record) => !first.Id.startsWith(record.container) && numberOf(record.line) > 5));
  assert.ok(stream.records.some((record) => record.kind === 'marker'), 'start and stop appear as markers');
  stream.close();
});

test('when the clients go, what they held goes, too', async () => {
  const before = daemon.descriptors();
  const streams = Array.from({ length: 20 }, () => api.stream(`${path}?follow=true&tail=1`));
  await Promise.all(streams.map((stream) => stream.started));
  assert.ok(daemon.descriptors() >= before + 20);
  for (const stream of streams) stream.close();
  const gauges = async () => (await api.request('GET', '/metrics')).body;
  await until('no stream and no upstream', async () => /^itsup_streams 0$/m.test(await gauges()) && /^itsup_log_upstreams 0$/m.test(await gauges()));
  // But for the idle connections that plain requests share.
  await until('descriptors as before', () => daemon.descriptors() <= before + 8);
});
