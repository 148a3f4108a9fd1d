// A root whose projects run already, brought up by `docker compose` alone: what would come up otherwise is named first.
import assert from 'node:assert/strict';
import { renameSync, symlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Cli } from '../support/cli.mjs';
import { Engine } from '../support/engine.mjs';
import { Root, web } from '../support/root.mjs';
import { ensureProxynet } from '../support/scene.mjs';

let root;
let cli;
let engine;

before(async () => {
  engine = Engine.shared();
  await ensureProxynet(engine);
  root = new Root();
  cli = new Cli(root, { engine });
});
after(async () => {
  await engine.sweep();
  root.remove();
});

const problems = async (project) => JSON.parse((await cli.run('validate', project, '--json')).stdout).problems;
const mounts = async (project) => (await engine.containers(project)).flatMap((one) => one.Mounts.map((mount) => mount.Name ?? mount.Source));

test('a project under a name: of its own keeps its data when one does what is said', async () => {
  const services = { db: web({ volumes: ['data:/data'] }) };
  const old = { name: 'old', services, volumes: { data: null } };
  root.project('legacy', { compose: old, ingress: { enabled: true } }).write('upstream/legacy/docker-compose.yml', old);
  await engine.docker('compose', '-f', root.path('upstream/legacy/docker-compose.yml'), 'up', '-d');
  assert.deepEqual(await mounts('old'), ['old_data']);

  const [named] = await problems('legacy');
  assert.deepEqual([named.severity, named.path, named.line], ['error', 'name', 1]);
  assert.match(named.hint, /volumes: \{data: \{name: old_data\}\}/);
  assert.match(named.hint, /docker compose -p old down/);
  assert.equal((await cli.run('apply', 'legacy')).code, 1);

  root.project('legacy', { compose: { services, volumes: { data: { name: 'old_data' } } } });
  assert.deepEqual(await problems('legacy'), []);
  for (const command of ['plan', 'apply']) {
    const refused = await cli.run(command, 'legacy');
    assert.equal(refused.code, 1, command);
    assert.match(refused.stdout + refused.stderr, /old-db-1.*docker compose -p old down/s, command);
  }
  assert.deepEqual(await mounts('legacy'), []);

  await engine.docker('compose', '-p', 'old', 'down');
  await cli.ok('apply', 'legacy');
  assert.deepEqual(await mounts('legacy'), ['old_data']);
});

test('a variable that only the root\'s .env has is named before it mounts another folder', async () => {
  const canary = 'canary-of-dotenv';
  root.project('data', {
    compose: { services: { db: web({ image: 'demo:${TAG}', volumes: ['${DATA_DIR}/db:/data'] }) } },
    ingress: { enabled: true },
  });
  root.write('.env', `DATA_DIR=${root.path(canary)}\n`).write('secrets/data.txt', 'TAG=1\n', 0o600);
  const [named] = await problems('data');
  assert.deepEqual([named.severity, named.path], ['error', 'services.db.volumes[0]']);
  assert.match(named.hint, /move it to secrets\/data\.txt/);
  for (const command of ['plan', 'apply']) {
    const refused = await cli.run(command, 'data');
    assert.equal(refused.code, 1, command);
    assert.match(refused.stdout + refused.stderr, /DATA_DIR is set nowhere/, command);
    assert.ok(!(refused.stdout + refused.stderr).includes(canary));
  }
  assert.deepEqual(await mounts('data'), []);
  root.write('secrets/data.txt', `TAG=1\nDATA_DIR=${root.path(canary)}\n`, 0o600);
  assert.deepEqual(await problems('data'), []);
  await cli.ok('apply', 'data');
  assert.deepEqual(await mounts('data'), [root.path(canary, 'db')]);
});

test('a variable of a routed name is named by every command that would route it', async () => {
  root.project('named', {
    compose: { services: { a: web() } },
    ingress: { enabled: true, ingress: [{ service: 'a', port: 80, domain: '${SUB}.example.test', path_prefix: '/$metadata' }] },
  });
  const said = (await problems('named')).map((one) => [one.severity, one.path]);
  assert.deepEqual(said, [['warning', 'ingress[0].domain']]);
  for (const command of ['plan', 'apply']) {
    const out = await cli.run(command, 'named');
    assert.equal(out.code, 0, command);
    assert.match(out.stdout + out.stderr, /SUB is set nowhere/, command);
    assert.doesNotMatch(out.stdout + out.stderr, /metadata is set nowhere/, command);
  }
});

test('Compose itself reads what is taken for its .env, and no other', async () => {
  const value = '${V:-nowhere}';
  root.project('dotenv', { compose: { services: { a: web({ env: { V: value } }) } }, ingress: { enabled: true } });
  root.write('.env', 'V=root\n').write('projects/dotenv/.env', 'V=beside\n');
  const v = async () => (await engine.containers('dotenv'))[0].Config.Env.find((one) => one.startsWith('V='));
  assert.deepEqual((await problems('dotenv')).map((one) => one.severity), ['warning']);
  await cli.ok('apply', 'dotenv');
  assert.equal(await v(), 'V=nowhere');
  root.write('upstream/dotenv/.env', 'V=upstream\n');
  assert.deepEqual(await problems('dotenv'), []);
  await cli.ok('apply', 'dotenv');
  assert.equal(await v(), 'V=upstream');
});

test('a linked project is an error, and its containers are no orphans', async () => {
  root.project('linked', { compose: { services: { a: web() } }, ingress: { enabled: true } });
  await cli.ok('apply', 'linked');
  renameSync(root.path('projects/linked'), root.path('linked'));
  symlinkSync(root.path('linked'), root.path('projects/linked'));
  const [named] = await problems('linked');
  assert.deepEqual([named.severity, named.file], ['error', 'projects/linked']);
  assert.match(named.message, /symbolic link/);
  await cli.ok('down', '--orphans');
  assert.equal((await engine.containers('linked')).filter((one) => one.State.Running).length, 1);
  assert.equal((await cli.run('apply', 'linked')).code, 1);
});
