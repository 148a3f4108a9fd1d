// What others do to the containers: the list and /events are right within 300 ms of the engine's event.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { EngineEvents } from '../support/engine_events.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const limitMs = 300;
let api;
let engine;

before(async () => {
  ({ api, engine } = await scene((root) =>
    root
      .project('solo', { compose: { services: { web: web() } }, ingress: { enabled: true } })
      .project('shop', { compose: { services: { web: web({ replicas: 2 }) } }, ingress: { enabled: true } }),
  ));
});

beforeEach(async () => {
  const deployment = await api.deploy('shop', {});
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  await until('running', async () => (await api.project('shop')).status === 'running');
});

const replicas = async () => {
  const stack = await api.get('/stacks/shop/status');
  return stack.services[0].containers;
};

const cases = [
  { what: 'docker kill', args: ['kill'], action: 'die', seen: (list, id) => list.find((c) => id.startsWith(c.id) && c.state !== 'running') },
  { what: 'docker stop', args: ['stop', '-t', '1'], action: 'die', seen: (list, id) => list.find((c) => id.startsWith(c.id) && c.state !== 'running') },
  { what: 'docker rm -f', args: ['rm', '-f'], action: 'destroy', seen: (list, id) => !list.some((c) => id.startsWith(c.id)) },
  { what: 'docker pause', args: ['pause'], action: 'pause', seen: (list, id) => list.find((c) => id.startsWith(c.id) && c.state === 'paused'), undo: 'unpause' },
];

for (const { what, args, action, seen, undo } of cases) {
  test(`${what} is seen within ${limitMs} ms in the list, the stack and /events`, async (t) => {
    const events = await new EngineEvents(engine).opened;
    const stream = api.stream('/events');
    await stream.started;
    const [victim] = (await engine.containers('shop')).map((container) => container.Id);
    const from = stream.records.length;
    const done = engine.docker(...args, victim);
    const { at } = await events.find(action, victim, { timeoutMs: 20_000 });
    const stackAt = until('the stack to show it', async () => seen(await replicas(), victim) && performance.now(), { everyMs: 2 });
    const listAt = until('the list to show it', async () => (await api.project('shop')).status === 'degraded' && performance.now(), { everyMs: 2 });
    const event = stream.find(
      '/events to show it',
      (record) => record.event === 'container' && record.json.what === action && record.data.includes(victim.slice(0, 12)),
      { from },
    );
    const times = { stack: (await stackAt) - at, list: (await listAt) - at, events: (await event).at - at };
    t.diagnostic(`${what}: ${Object.entries(times).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`).join(', ')}`);
    await done;
    if (undo) await engine.docker(undo, victim);
    stream.close();
    events.close();
    for (const [name, ms] of Object.entries(times)) assert.ok(ms <= limitMs, `${name} took ${ms} ms`);
  });
}

test('a site whose only container dies needs attention; one that was stopped through us does not', async () => {
  assert.equal((await api.deploy('solo')).state, 'succeeded');
  await engine.docker('kill', 'solo-web-1');
  await until('the outage', async () => (await api.project('solo')).status === 'degraded');
  assert.equal((await api.get('/stacks/solo/status')).status, 'degraded');
  assert.equal((await api.job('/projects/solo/stop')).state, 'succeeded');
  await until('rest', async () => (await api.project('solo')).status === 'stopped');
});
