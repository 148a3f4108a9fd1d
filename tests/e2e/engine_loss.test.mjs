// The engine is killed for 20 seconds under open streams and a running deploy.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { chatter, web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { sleep, until } from '../support/wait.mjs';

let api;
let engine;
let root;

before(async () => {
  ({ api, engine, root } = await scene((r) =>
    r
      .project('clock', { compose: { services: { ticker: chatter({ intervalMs: 100, restart: 'always' }) } }, ingress: { enabled: true } })
      .project('slow', { compose: { services: { web: web({ env: { HEALTHY: 'after:60' } }) } }, ingress: { enabled: true } }),
  ));
  assert.equal((await api.deploy('clock')).state, 'succeeded');
});

test('nothing hangs, nothing is lost from the record, all recovers', async (t) => {
  const logs = api.stream('/projects/clock/logs?follow=true&tail=0', 'application/x-ndjson');
  const events = api.stream('/events');
  await Promise.all([logs.started, events.started]);
  await until('lines', () => logs.records.length > 10);
  const answer = await api.post('/projects/slow/deploy', {});
  assert.equal(answer.status, 202);
  const location = answer.headers.get('location');
  await until('the deploy to be at work', async () => (await engine.containers('slow')).length > 0, { timeoutMs: 20_000 });

  const killedAt = performance.now();
  await engine.kill();
  await until('/health to notice', async () => (await api.get('/health')).checks.docker.status !== 'ok', { timeoutMs: 5_000, everyMs: 10 });
  t.diagnostic(`/health says so ${Math.round(performance.now() - killedAt)} ms after the kill`);
  while (performance.now() - killedAt < 20_000) {
    for (const path of ['/health', '/projects', '/projects/clock', location, '/deployments']) {
      const asked = performance.now();
      assert.equal((await api.request('GET', path)).status, 200, path);
      assert.ok(performance.now() - asked < 5_000, `${path} took ${performance.now() - asked} ms`);
    }
    const refused = await api.post('/projects/clock/restart', {});
    assert.equal(refused.status, 503);
    await sleep(1_000);
  }
  await engine.start();
  const backAt = performance.now();
  await until('ready again', async () => (await api.request('GET', '/health/ready')).status === 200, { timeoutMs: 20_000 });
  t.diagnostic(`ready ${Math.round(performance.now() - backAt)} ms after the engine is back`);
  const from = logs.records.length;
  await until('lines again on the same stream', () => logs.records.slice(from).some((record) => record.kind === 'line'), { timeoutMs: 20_000 });
  assert.equal(events.ended, false, '/events stays open');

  const deployment = await api.finished(location, { timeoutMs: 120_000 });
  t.diagnostic(`the deploy under way ended as ${deployment.state}: ${deployment.error?.message}`);
  assert.ok(['failed', 'interrupted', 'succeeded'].includes(deployment.state));
  assert.ok(deployment.steps.length > 0);
  assert.ok(deployment.state === 'succeeded' || deployment.error.message.length > 5);
  // What the engine kept of the container's lines, and what the stream gave of them: the same, none twice, none left out.
  const [{ Id }] = await engine.containers('clock');
  const given = logs.records.filter((record) => record.kind === 'line').map((record) => record.line);
  logs.close();
  events.close();
  const kept = await engine.logs(Id);
  const first = kept.indexOf(given[0]);
  assert.ok(first >= 0, `the engine kept ${given[0]}`);
  assert.deepEqual(given, kept.slice(first, first + given.length));
  t.diagnostic(`${given.length} lines across the loss, in the order in which the engine kept them`);

  root.project('slow', { compose: { services: { web: web() } } });
  const again = await api.deploy('slow');
  assert.equal(again.state, 'succeeded', JSON.stringify(again.error));
  assert.equal((await api.project('slow')).status, 'running');
});
