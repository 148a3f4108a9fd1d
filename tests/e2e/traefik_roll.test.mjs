// Rolling Traefik itself under load, on the stack that the program generated.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { readFileSync, statSync } from 'node:fs';
import { Load } from '../support/load.mjs';
import { ask, prepareProxy, served } from '../support/proxy.mjs';
import { makeProxyImages } from '../support/proxy_images.mjs';
import { run } from '../support/process.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { Engine } from '../support/engine.mjs';
import { sleep, until } from '../support/wait.mjs';

const domain = 'shop.test';
const url = 'https://127.0.0.1:8443/';
const headers = { Host: domain };
let api;
let root;
let engine;
let daemon;

before(async () => {
  engine = Engine.shared();
  await makeProxyImages(engine);
  ({ api, root, daemon } = await scene(
    async (r) => {
      r.project('shop', {
        compose: { services: { web: web({ replicas: 2 }) } },
        ingress: { enabled: true, ingress: [{ service: 'web', domain, port: 8080 }] },
      });
      await prepareProxy(r, [domain, 'traefik.test']);
    },
    { proxynet: false },
  ));
  for (const stack of ['dns', 'proxy', 'shop']) assert.equal((await apply(stack)).state, 'succeeded', stack);
  await served(domain);
});

/** By a process of its own: this one is busy with the load. Resolves the Deployment. */
async function apply(stack) {
  const { stdout, stderr } = await daemon.cli('apply', stack, '--no-pull', '--json');
  const last = stdout.trim().split('\n').at(-1);
  assert.match(last, /^{"event":"end"/, stderr);
  return JSON.parse(last).data;
}

const traefiks = async () =>
  (await engine.containers('proxy')).filter((one) => one.Config.Labels['com.docker.compose.service'] === 'traefik');
const actions = (deployment) => Object.fromEntries(deployment.services.map((one) => [one.name, one.action]));
const gates = async () => (await run('nft', ['list', 'tables'])).stdout.includes('itsup_gate');
/** What only a restart makes Traefik read. */
const change = (level) => root.write('projects/traefik.yml', { log: { level } });

test('an unchanged static configuration leaves Traefik alone', async () => {
  const [before] = await traefiks();
  assert.equal(actions(await apply('proxy')).traefik, 'unchanged');
  root.project('other', { compose: { services: { web: web() } }, ingress: { enabled: true, ingress: [{ service: 'web', domain: 'other.test', port: 8080 }] } });
  assert.equal(actions(await apply('proxy')).traefik, 'unchanged');
  assert.equal((await traefiks())[0].Id, before.Id);
});

test('Traefik\'s API answers to the token alone, which only root can read', async () => {
  const file = root.path('data/traefik-api-token');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const token = readFileSync(file, 'utf8').trim();
  const ask = async (headers) => (await fetch('http://127.0.0.1:8082/api/version', { headers })).status;
  assert.equal(await ask({}), 404);
  assert.equal(await ask({ 'X-Itsup-Token': 'x'.repeat(64) }), 404);
  assert.equal(await ask({ 'X-Itsup-Token': token }), 200);
  const { body } = await api.request('GET', '/projects/proxy/plan');
  assert.ok(!JSON.stringify(body).includes(token));
});

test('three rolls under load: not one failed request of 10,000, with and without keep-alive', async (t) => {
  const loads = {
    'keep-alive': new Load({ url, headers, rate: 100, timeoutMs: 20_000 }).start(),
    'new connections': new Load({ url, headers, rate: 40, keepAlive: false, timeoutMs: 20_000 }).start(),
  };
  const sent = () => loads['keep-alive'].sent + loads['new connections'].sent;
  t.after(() => Promise.all(Object.values(loads).map((load) => load.stop())));
  await sleep(2_000);
  for (const level of ['WARN', 'ERROR', 'INFO']) {
    const [before] = await traefiks();
    change(level);
    const deployment = await apply('proxy');
    assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
    assert.deepEqual(actions(deployment), { docker: 'unchanged', traefik: 'roll_out' });
    const now = await traefiks();
    assert.equal(now.length, 1);
    assert.notEqual(now[0].Id, before.Id);
    assert.equal(await gates(), false);
    for (const step of deployment.steps.filter((one) => one.service === 'traefik')) {
      t.diagnostic(`${step.name}: ${new Date(step.finished_at) - new Date(step.started_at)} ms`);
    }
    await sleep(1_000);
  }
  await until('10,000 requests', () => sent() >= 10_000, { timeoutMs: 300_000 });
  const lost = {};
  for (const [name, load] of Object.entries(loads)) {
    const { sent: count, failed, repeated, reasons, p50, p99, max } = await load.stop();
    t.diagnostic(`${name}: ${failed} of ${count} failed ${JSON.stringify(reasons)}, ${repeated} repeated, p50 ${p50} p99 ${p99} max ${max} ms`);
    lost[name] = failed;
  }
  assert.deepEqual(lost, { 'keep-alive': 0, 'new connections': 0 });
});

test('a static file that Traefik refuses leaves the old one serving, and no gate', async () => {
  const [before] = await traefiks();
  root.write('projects/traefik.yml', { log: { noSuchKey: true } });
  const deployment = await apply('proxy');
  assert.equal(deployment.state, 'failed');
  assert.match(deployment.error.message, /Traefik/);
  const now = await traefiks();
  assert.deepEqual(now.map((one) => one.Id), [before.Id]);
  assert.equal(await gates(), false);
  assert.equal((await ask(domain)).status, 200);
});

/** The daemon dies, the next one takes the roll up by itself: resolves once that is over. */
async function finishedAfterCrash(location) {
  await daemon.crash();
  await daemon.start();
  const request = `resumes-${location.split('/').at(-1)}`;
  const next = await until('the roll to be taken up', async () =>
    (await api.get('/projects/proxy/deployments')).items.find((one) => one.request_id === request), { timeoutMs: 60_000 });
  const over = await api.finished(`/deployments/${next.id}`, { timeoutMs: 120_000 });
  assert.equal(over.state, 'succeeded', JSON.stringify(over.error));
  assert.equal(await gates(), false);
  assert.equal((await traefiks()).length, 1);
  assert.equal((await ask(domain)).status, 200);
  return over;
}

const steps = (deployment) => deployment.steps.filter((one) => one.service === 'traefik').map((one) => one.name);

test('a daemon that dies in the first window leaves no gate for the next one, which finishes the roll', async () => {
  change('DEBUG');
  const started = await api.post('/stacks/proxy/up', { pull: false });
  assert.equal(started.status, 202);
  await until('the gate to be closed', gates, { timeoutMs: 60_000, everyMs: 5 });
  await finishedAfterCrash(started.headers.get('location'));
});

test('a daemon that dies while the old one stops leaves the new one, which serves alone, to the next one', async () => {
  const [old] = await traefiks();
  change('INFO');
  const started = await api.post('/stacks/proxy/up', { pull: false });
  const stopsOld = async () => steps(await api.get(started.headers.get('location'))).includes('stop old');
  await until('the second window', async () => (await stopsOld()) && gates(), { timeoutMs: 60_000, everyMs: 5 });
  // The engine goes on with a stop that it was asked for; here it is over before the next daemon looks.
  await engine.docker('stop', '--time', '40', old.Id);
  const over = await finishedAfterCrash(started.headers.get('location'));
  assert.ok(!steps(over).includes('start new'), steps(over).join());
  assert.notEqual((await traefiks())[0].Id, old.Id);
});

test('the same change by a plain recreate does fail: the load can see it', async (t) => {
  const file = root.path('proxy/docker-compose.yml');
  const loads = [new Load({ url, headers, rate: 100 }).start(), new Load({ url, headers, rate: 60, keepAlive: false }).start()];
  await sleep(500);
  // What the file needs to be read: the daemon gives it by its environment.
  const env = { ...engine.environment(), LETSENCRYPT_EMAIL: 'a@example.test' };
  const words = ['compose', '--project-directory', root.path('proxy'), '-p', 'proxy', '-f', file];
  await run('docker', [...words, 'up', '-d', '--force-recreate', '--no-deps', 'traefik'], { env });
  await served(domain);
  let failed = 0;
  for (const load of loads) failed += (await load.stop()).failed;
  t.diagnostic(`${failed} failed`);
  assert.ok(failed > 0, 'the load was too thin to see it');
});
