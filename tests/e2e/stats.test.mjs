// What containers use, sampled and live.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

let api;

before(async () => {
  ({ api } = await scene((r) => r.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true } })));
  assert.equal((await api.deploy('shop')).state, 'succeeded');
});

const fields = ['cpu_percent', 'memory_bytes', 'service', 'container', 'time'];

test('without follow it answers with a sample and ends', async () => {
  const { status, body } = await api.request('GET', '/projects/shop/stats', { headers: { Accept: 'application/x-ndjson' } });
  assert.equal(status, 200);
  const sample = JSON.parse(String(body).trim().split('\n')[0]);
  for (const field of fields) assert.ok(field in sample, `${field} in ${JSON.stringify(sample)}`);
  assert.ok(sample.memory_bytes > 0);
});

test('it has no form as text, nor as a WebSocket, and the document says so', async () => {
  const { status, body } = await api.request('GET', '/projects/shop/stats', { headers: { Accept: 'text/plain' } });
  assert.equal(status, 422);
  assert.deepEqual(body.errors.map((error) => error.pointer), ['Accept']);
  const document = (await api.request('GET', '/openapi.json')).body;
  const { responses } = document.paths['/projects/{name}/stats'].get;
  assert.deepEqual(Object.keys(responses['200'].content).sort(), ['application/x-ndjson', 'text/event-stream']);
  assert.ok(!('101' in responses));
});

test('with follow a sample comes every second, and the daemon outlives the reader', async () => {
  const stream = api.stream('/projects/shop/stats?follow', 'text/event-stream');
  await stream.started;
  await until('three samples', () => stream.records.length >= 3, { timeoutMs: 15_000 });
  stream.close();
  assert.equal((await api.request('GET', '/health')).status, 200);
});
