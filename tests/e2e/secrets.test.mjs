// Encrypted secrets, with the real sops and a real age key: in memory only, read when a file changes, and nothing
// at all when one cannot be read.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { run } from '../support/process.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { Sops } from '../support/sops.mjs';
import { until } from '../support/wait.mjs';

const greeting = 'guten-morgen-4711';
const farewell = 'auf-wiedersehen-0815';
let api;
let engine;
let root;
let sops;

before(async () => {
  sops = await Sops.make();
  ({ api, engine, root } = await scene(
    async (r) => {
      sops.rules(r);
      const infrastructure = readFileSync(r.path('secrets/itsup.txt'), 'utf8');
      renameSync(r.path('secrets/itsup.txt'), r.path('..', `unused-${process.pid}`));
      await sops.encrypt(r, 'itsup', infrastructure);
      for (const name of ['shop', 'blog']) {
        r.project(name, { compose: { services: { web: web({ env: { GREETING: '${GREETING}' } }) } }, ingress: { enabled: true } });
      }
      await sops.encrypt(r, 'shop', `GREETING=${greeting}\n`);
      await sops.encrypt(r, 'blog', `GREETING=${farewell}\n`, { type: 'binary' });
    },
    { env: sops.env },
  ));
});
after(() => sops.remove());

const environmentOf = async (project) => {
  const id = (await engine.docker('ps', '-q', '--filter', `label=com.docker.compose.project=${project}`)).trim();
  return engine.docker('inspect', '--format', '{{json .Config.Env}}', id);
};

test('the admin token comes from an encrypted file', async () => {
  assert.equal((await api.request('GET', '/projects')).status, 200);
  assert.equal((await api.get('/health')).checks.secrets.status, 'ok');
});

test('both kinds of encrypted files reach their project, and no other', async () => {
  for (const [project, own, other] of [['shop', greeting, farewell], ['blog', farewell, greeting]]) {
    const deployment = await api.deploy(project);
    assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
    const environment = await environmentOf(project);
    assert.ok(environment.includes(own), environment);
    assert.ok(!environment.includes(other));
  }
});

test('what was decrypted is nowhere on the disk', async () => {
  const { stdout } = await run('grep', ['-rlaF', '-e', greeting, '-e', farewell, '-e', root.token, root.dir], { allowFailure: true });
  assert.equal(stdout, '');
});

test('sops runs when a file changes, and never for a request', async () => {
  const before = sops.count();
  for (let i = 0; i < 50; i += 1) await api.get('/projects/shop');
  const wrong = { Authorization: 'Bearer wrong' };
  for (let i = 0; i < 50; i += 1) assert.equal((await api.request('GET', '/projects', { headers: wrong })).status, 401);
  assert.equal(sops.count(), before);
  await sops.encrypt(root, 'shop', `GREETING=${greeting}-2\n`);
  await until('the changed file to be read', () => sops.count() > before);
  await api.deploy('shop');
  assert.ok((await environmentOf('shop')).includes(`${greeting}-2`));
  // The watch of the files and the deployment may both have seen the change.
  assert.ok(sops.count() <= before + 2, 'only the one that changed');
});

test('a file that cannot be decrypted keeps the project from being deployed, whatever lies beside it', async () => {
  const good = readFileSync(root.path('secrets/shop.enc.txt'), 'utf8');
  root.write('secrets/shop.txt', 'GREETING=stale\n', 0o600);
  root.write('secrets/shop.enc.txt', good.replace(/GREETING=ENC\[AES256_GCM,data:./, (text) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')), 0o600);
  const broken = await until('the problem', async () => {
    const project = await api.project('shop');
    return project.problems.find((problem) => /sops/.test(problem.message));
  });
  assert.equal(broken.severity, 'error');
  assert.match(broken.message, /secrets\/shop\.enc\.txt/);
  const failed = await api.post('/projects/shop/deploy', {});
  if (failed.status === 202) {
    const deployment = await api.finished(failed.headers.get('location'));
    assert.equal(deployment.state, 'failed');
    assert.match(deployment.error.message, /shop\.enc\.txt/);
  } else {
    assert.equal(failed.status, 409, JSON.stringify(failed.body));
    assert.match(failed.body.detail, /shop\.enc\.txt/);
  }
  assert.ok((await environmentOf('shop')).includes(`${greeting}-2`), 'what ran goes on');
  assert.equal((await api.deploy('blog')).state, 'succeeded', 'nobody else is held up');
  root.write('secrets/shop.enc.txt', good, 0o600);
  await until('the mended file', async () => (await api.project('shop')).problems.length === 0);
  assert.equal((await api.deploy('shop')).state, 'succeeded');
});

test('without sops it says what to install', async () => {
  // Every program of PATH but sops: the daemon's own sops is in a folder of its own.
  const other = await scene(
    async (r) => {
      r.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true } });
      await sops.encrypt(r, 'shop', 'GREETING=x\n');
    },
    { engine: null, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
  );
  const problem = await until('the problem', async () => (await other.api.project('shop')).problems.find((one) => /sops/.test(one.message)));
  assert.match(problem.message, /program sops is missing: install it from https:/);
});

test('the files themselves are as they were', () => {
  for (const name of readdirSync(root.path('secrets')).filter((one) => one.endsWith('.enc.txt'))) {
    assert.equal(statSync(root.path('secrets', name)).mode & 0o777, 0o600, name);
  }
});

test('an encrypted file that can no longer be read leaves the tokens as they were, and /health says why', async () => {
  const file = root.path('secrets/itsup.enc.txt');
  const sealed = readFileSync(file);
  const checks = async (status) =>
    until(`the check to be ${status}`, async () => {
      const found = (await api.get('/health')).checks;
      return found.secrets.status === status && found;
    }, { timeoutMs: 30_000 });
  writeFileSync(file, 'sops_mac=broken\n');
  const broken = await checks('degraded');
  assert.match(broken.secrets.detail, /secrets\/itsup\.enc\.txt.*sops/);
  assert.equal(broken.configuration.status, 'degraded');
  assert.equal((await api.request('GET', '/projects')).status, 200);
  writeFileSync(file, sealed);
  assert.equal((await checks('ok')).configuration.status, 'ok');
});
