// The daemon alone: what it answers before anything is deployed, and without a Docker engine.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Engine } from '../support/engine.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const one = (root) => root.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true } });

describe('with an engine', () => {
  let api;
  let root;
  let anyone;
  before(async () => {
    ({ api, root } = await scene(one));
    anyone = api.anyone();
  });

  test('/health answers anyone, with a check for each part', async () => {
    const { status, body } = await anyone.request('GET', '/health');
    assert.equal(status, 200);
    assert.ok(['ok', 'degraded'].includes(body.status), body.status);
    assert.equal(body.checks.docker.status, 'ok');
    for (const name of ['docker', 'compose', 'store', 'network', 'secrets', 'configuration', 'disk']) assert.ok(body.checks[name], name);
  });

  test('a mistake in the files of the root itself degrades the check of them, with its place', async () => {
    const check = (status) =>
      until(`the configuration to be ${status}`, async () => {
        const found = (await anyone.request('GET', '/health')).body.checks.configuration;
        return found.status === status && found;
      }, { timeoutMs: 30_000 });
    await check('ok');
    const right = readFileSync(root.path('projects/itsup.yml'), 'utf8');
    root.write('projects/itsup.yml', `${right}versions: {traefik: v3.6}\n`);
    assert.match((await check('degraded')).detail, /projects\/itsup\.yml:\d+: the key "versions" stands twice/);
    root.write('projects/itsup.yml', right);
    await check('ok');
  });

  test('/health/ready answers 200', async () => {
    assert.equal((await anyone.request('GET', '/health/ready')).status, 200);
  });

  test('/version names a version', async () => {
    const { status, body } = await anyone.request('GET', '/version');
    assert.equal(status, 200);
    assert.match(body.version, /^\d+\.\d+\.\d+/);
  });

  for (const [what, headers] of [['no token', {}], ['a wrong token', { Authorization: 'Bearer wrong' }], ['a wrong key', { 'X-API-KEY': 'wrong' }]]) {
    test(`/projects refuses ${what}`, async () => {
      const answer = await anyone.request('GET', '/projects', { headers });
      assert.equal(answer.status, 401);
      assert.match(answer.headers.get('content-type'), /application\/problem\+json/);
      assert.ok(answer.headers.get('www-authenticate'));
      assert.ok(answer.headers.get('x-request-id'));
    });
  }

  test('the token works as Bearer and as X-API-KEY', async () => {
    assert.equal((await api.request('GET', '/projects')).status, 200);
    const answer = await anyone.request('GET', '/projects', { headers: { 'X-API-KEY': api.token } });
    assert.equal(answer.status, 200);
  });

  test('an unknown path is 404 and a wrong method 405 with Allow, both as problems', async () => {
    const missing = await api.request('GET', '/nowhere');
    assert.equal(missing.status, 404);
    assert.match(missing.headers.get('content-type'), /problem\+json/);
    const wrong = await api.request('DELETE', '/health');
    assert.equal(wrong.status, 405);
    assert.match(wrong.headers.get('allow'), /GET/);
  });
});

describe('without an engine', () => {
  let api;
  let socket;
  before(async () => {
    socket = join(mkdtempSync(join(tmpdir(), 'itsup-sock-')), 'engine.sock');
    ({ api } = await scene(one, { engine: { host: `unix://${socket}`, sweep() {} }, ready: false, proxynet: false }));
  });

  test('/health is degraded and says why; ready is 503', async () => {
    const { status, body } = await api.request('GET', '/health');
    assert.equal(status, 200);
    assert.equal(body.status, 'degraded');
    assert.notEqual(body.checks.docker.status, 'ok');
    assert.ok(body.checks.docker.detail.length > 5);
    assert.equal((await api.request('GET', '/health/ready')).status, 503);
  });

  test('projects are readable and their status is unknown, not guessed', async () => {
    const { items } = await api.get('/projects');
    assert.deepEqual(items.map((project) => [project.name, project.status]), [['shop', 'unknown']]);
  });

  test('deploy answers 503 with the reason', async () => {
    const answer = await api.post('/projects/shop/deploy', {});
    assert.equal(answer.status, 503);
    assert.match(JSON.stringify(answer.body), /docker/i);
  });

  test('when the engine comes, everything recovers by itself', async () => {
    symlinkSync(Engine.shared().socket, socket);
    await until('ready', async () => (await api.request('GET', '/health/ready')).status === 200, { timeoutMs: 30_000 });
    const { status } = await api.project('shop');
    assert.equal(status, 'not_deployed');
  });
});
