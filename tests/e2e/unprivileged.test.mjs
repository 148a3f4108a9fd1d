// The daemon as a user in the docker group, who owns the install root and nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../support/daemon.mjs';
import { Engine } from '../support/engine.mjs';
import { run } from '../support/process.mjs';
import { chatter, web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const user = { uid: 64_001, gid: 64_002 };
const healthcheck = { test: ['CMD', '/demo', 'check'], interval: '500ms', timeout: '2s', retries: 60 };
const shop = (version) => ({
  compose: { services: { web: web({ replicas: 2, env: { VERSION: version }, healthcheck }), talker: chatter() } },
  ingress: { enabled: true },
});
const engine = Engine.shared();
const socketBefore = statSync(engine.socket);
let api;
let root;
let daemon;
let file;

function giveAway(path) {
  chownSync(path, user.uid, user.gid);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAway(join(path, name));
}

before(async () => {
  // The way to what they may use: the folder of the tests is root's own, and so may be the checkout.
  chmodSync(tmpdir(), 0o711);
  file = join(tmpdir(), 'itsup');
  copyFileSync(program, file);
  chownSync(engine.socket, 0, user.gid);
  ({ api, root, daemon } = await scene(
    (r) => {
      r.project('shop', shop('1'));
      giveAway(r.dir);
    },
    { user, file },
  ));
});

after(() => chownSync(engine.socket, socketBefore.uid, socketBefore.gid));

test('it is that user, and ready', async () => {
  const status = (await run('cat', [`/proc/${daemon.pid}/status`])).stdout;
  assert.match(status, /^Uid:\t64001\t64001\t64001\t64001$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  assert.equal((await api.get('/health')).status, 'ok');
});

test('it deploys, rolls out and shows logs', async () => {
  assert.equal((await api.deploy('shop')).state, 'succeeded');
  root.project('shop', shop('2'));
  const rolled = await api.deploy('shop');
  assert.equal(rolled.state, 'succeeded', JSON.stringify(rolled.error));
  assert.equal(rolled.services.find((one) => one.name === 'web').action, 'roll_out');
  const { stdout } = await daemon.cli('logs', 'shop', '--service', 'talker', '--tail', '1');
  assert.match(stdout, /\S/);
});

test('what it writes is its own, and nobody else reads the database', () => {
  for (const path of ['upstream/shop/docker-compose.yml', 'logs/api.log', 'data/itsup.db']) {
    assert.equal(statSync(root.path(path)).uid, user.uid, path);
  }
  assert.equal(statSync(root.path('data/itsup.db')).mode & 0o077, 0);
});

test('that user makes a root of their own, with a token that nobody else reads', async () => {
  const dir = root.path('made-here');
  mkdirSync(dir);
  chownSync(dir, user.uid, user.gid);
  await run(file, ['init', '--root', dir], { ...user, env: daemon.environment() });
  const token = statSync(join(dir, 'secrets/itsup.txt'));
  assert.equal(token.uid, user.uid);
  assert.equal(token.mode & 0o777, 0o600);
});

test('out of the group it stays up, says that it may not, and recovers', async () => {
  chownSync(engine.socket, 0, 0);
  await daemon.stop();
  await daemon.start();
  const docker = async () => (await api.get('/health')).checks.docker;
  await until('docker to be missed for its reason', async () => /permission denied/i.test((await docker()).detail));
  assert.ok((await api.get('/projects')).items.some((one) => one.name === 'shop'));
  assert.equal((await api.post('/projects/shop/deploy', {})).status, 503);
  chownSync(engine.socket, 0, user.gid);
  await daemon.ready();
});
