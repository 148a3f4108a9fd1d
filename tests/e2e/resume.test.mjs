// What the end of the daemon cuts off is taken up again by the next one, without anybody's help.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

// Long enough to be caught at it, and never unhealthy meanwhile.
const healthcheck = { test: ['CMD', '/demo', 'check'], interval: '500ms', timeout: '2s', retries: 60 };
const slow = (version, healthyAfter = 4) => ({
  compose: { services: { web: web({ replicas: 2, env: { VERSION: version, HEALTHY: `after:${healthyAfter}` }, healthcheck }) } },
  ingress: { enabled: true },
});
const two = (version) => ({ compose: { services: { a: web({ env: { VERSION: version } }), b: web({ env: { VERSION: version } }) } }, ingress: { enabled: true } });
let api;
let root;
let engine;
let daemon;

before(async () => {
  ({ api, root, engine, daemon } = await scene((r) => r.project('shop', slow('1')).project('pair', two('1'))));
  for (const name of ['shop', 'pair']) assert.equal((await api.deploy(name)).state, 'succeeded');
});

const versions = async (project) => {
  const containers = await engine.containers(project);
  return containers.map((one) => one.Config.Env.find((entry) => entry.startsWith('VERSION=')).slice(8)).sort();
};
const ids = async (project) => (await engine.containers(project)).map((one) => one.Id);
const deploymentsOf = async (project) => (await api.get(`/projects/${project}/deployments?limit=20`)).items;

async function order(project, body = {}, headers = {}) {
  const answer = await api.post(`/projects/${project}/deploy`, body, { headers });
  assert.equal(answer.status, 202);
  return answer.body.id;
}

async function restart() {
  await daemon.start();
  await daemon.ready();
}

/** The deployment that took `id` up again, at its end. */
async function successor(project, id) {
  const found = await until('a successor', async () => (await deploymentsOf(project)).find((one) => one.request_id === `resumes-${id}`), { timeoutMs: 30_000 });
  return api.finished(`/deployments/${found.id}`);
}

async function killInMidRollout(version, healthyAfter) {
  root.project('shop', slow(version, healthyAfter));
  const id = await order('shop');
  await until('both versions', async () => (await versions('shop')).filter((one) => one === version).length === 2, { timeoutMs: 30_000 });
  await daemon.crash();
  return id;
}

test('a rollout that a kill cut off is brought to its end by the next daemon: one version is left', async () => {
  const id = await killInMidRollout('2');
  assert.deepEqual(await versions('shop'), ['1', '1', '2', '2']);
  await restart();
  const next = await successor('shop', id);
  assert.equal(next.state, 'succeeded', JSON.stringify(next.error));
  assert.deepEqual(await versions('shop'), ['2', '2']);
  assert.match(next.actor, / \(resumed\)$/);
  const first = next.steps[0];
  assert.equal(first.name, 'take up again');
  const cut = await api.get(`/deployments/${id}`);
  assert.equal(cut.state, 'interrupted');
  assert.equal(next.actor, `${cut.actor} (resumed)`);
  assert.equal((await deploymentsOf('shop')).length, 3);
});

test('only the services that were asked for are taken up again, and only once', async () => {
  root.project('pair', two('2'));
  root.project('shop', slow('3'));
  // It holds a queue of its own: what waits behind it is cut off by the stop.
  const running = await order('shop');
  await until('it to run', async () => (await api.get(`/deployments/${running}`)).state === 'running');
  const waiting = await order('shop');
  assert.equal((await api.get(`/deployments/${waiting}`)).state, 'queued');
  const partial = await order('pair', { services: ['a'] });
  await until('it to be begun', async () => (await api.get(`/deployments/${partial}`)).state === 'running');
  await daemon.crash();
  await restart();
  const pair = await successor('pair', partial);
  assert.equal(pair.state, 'succeeded', JSON.stringify(pair.error));
  assert.deepEqual(await versions('pair'), ['1', '2'], 'nobody asked for b');
  const shop = await successor('shop', waiting);
  assert.equal(shop.state, 'succeeded', JSON.stringify(shop.error));
  assert.deepEqual(await versions('shop'), ['3', '3']);
  assert.ok(!(await deploymentsOf('shop')).some((one) => one.request_id === `resumes-${running}`), 'one for each project');
});

test('a deployment that waits when SIGTERM comes is taken up by the next daemon; the running one ends first', async () => {
  root.project('shop', slow('4'));
  const running = await order('shop');
  await until('it to run', async () => (await api.get(`/deployments/${running}`)).state === 'running');
  const waiting = await order('shop', { force: true });
  const before = await ids('shop');
  process.kill(daemon.pid, 'SIGTERM');
  assert.equal((await daemon.child.ended).code, 0);
  await restart();
  assert.equal((await api.get(`/deployments/${running}`)).state, 'succeeded');
  assert.equal((await api.get(`/deployments/${waiting}`)).state, 'interrupted');
  const next = await successor('shop', waiting);
  assert.equal(next.state, 'succeeded', JSON.stringify(next.error));
  assert.deepEqual(await versions('shop'), ['4', '4']);
  const made = next.steps.find((step) => step.name === 'start new');
  assert.ok(made, 'it replaces what the running one had made');
  assert.ok((await ids('shop')).every((one) => !before.includes(one)));
});

test('a forced replacement that a kill cut off is brought to its end: none of the old containers is left', async () => {
  const old = await ids('shop');
  const id = await order('shop', { force: true, pull: false });
  await until('the new ones beside the old', async () => (await ids('shop')).length === 4, { timeoutMs: 30_000 });
  await daemon.crash();
  const made = (await ids('shop')).filter((one) => !old.includes(one));
  await restart();
  const next = await successor('shop', id);
  assert.equal(next.state, 'succeeded', JSON.stringify(next.error));
  assert.deepEqual((await ids('shop')).sort(), made.sort(), 'what was new already stays');
  assert.equal(next.steps.find((step) => step.name === 'pull').state, 'skipped', 'nobody wanted a pull');
});

test('a second signal ends a daemon at once that waits for a rollout, and the next one takes it up', async () => {
  root.project('shop', slow('5'));
  const id = await order('shop');
  await until('both versions', async () => (await versions('shop')).filter((one) => one === '5').length === 2, { timeoutMs: 30_000 });
  const said = daemon.output().length;
  process.kill(daemon.pid, 'SIGTERM');
  await until('it to say so', () => daemon.output().slice(said).includes('stopping'));
  process.kill(daemon.pid, 'SIGINT');
  assert.equal((await daemon.child.ended).code, 130);
  assert.match(daemon.output(), /asked a second time/);
  await restart();
  const next = await successor('shop', id);
  assert.equal(next.state, 'succeeded', JSON.stringify(next.error));
  assert.deepEqual(await versions('shop'), ['5', '5']);
});

test('a rollout is taken up though a restart waited behind it', async () => {
  root.project('shop', slow('5b'));
  const id = await order('shop');
  await until('both versions', async () => (await versions('shop')).filter((one) => one === '5b').length === 2, { timeoutMs: 30_000 });
  assert.equal((await api.post('/projects/shop/restart', {})).status, 202);
  await daemon.crash();
  await restart();
  const next = await successor('shop', id);
  assert.equal(next.state, 'succeeded', JSON.stringify(next.error));
  assert.deepEqual(await versions('shop'), ['5b', '5b']);
});

test('one that was taken up and is cut off again waits for a person', async () => {
  // Long enough for a second daemon to come and go.
  const id = await killInMidRollout('6', 15);
  await restart();
  const again = await until('it to be taken up', async () => (await deploymentsOf('shop')).find((one) => one.request_id === `resumes-${id}`));
  await daemon.crash();
  await restart();
  assert.equal((await api.get(`/deployments/${again.id}`)).state, 'interrupted');
  const mine = await order('shop');
  const done = await api.finished(`/deployments/${mine}`);
  assert.equal(done.state, 'succeeded', JSON.stringify(done.error));
  assert.ok(!(await deploymentsOf('shop')).some((one) => one.request_id === `resumes-${again.id}`));
});

test('what a person cancelled stays cancelled, though the daemon ended before it was taken back', async () => {
  root.project('shop', slow('7'));
  const id = await order('shop');
  await until('both versions', async () => (await versions('shop')).filter((one) => one === '7').length === 2, { timeoutMs: 30_000 });
  await api.post(`/deployments/${id}/cancel`);
  await daemon.crash();
  await restart();
  const { state, steps } = await api.get(`/deployments/${id}`);
  assert.ok(['interrupted', 'cancelled'].includes(state), state);
  assert.ok(steps.some((step) => step.name === 'cancel'));
  await api.deploy('pair');
  assert.equal((await deploymentsOf('shop'))[0].id, id);
});

test('an order that is sent again after a kill, under the same key, starts nothing new', async () => {
  const key = { 'Idempotency-Key': 'across-a-kill-1' };
  root.project('shop', slow('9'));
  const id = await order('shop', { force: true }, key);
  await daemon.crash();
  await restart();
  const next = await successor('shop', id);
  const before = (await deploymentsOf('shop')).length;
  assert.equal(await order('shop', { force: true }, key), id);
  assert.equal((await deploymentsOf('shop')).length, before);
  assert.equal((await api.post('/projects/shop/deploy', { force: false }, { headers: key })).status, 422);
  assert.equal(next.state, 'succeeded', JSON.stringify(next.error));
});
