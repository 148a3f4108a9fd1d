// The command line on a whole host: in order, with and without a daemon, and what others left behind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Cli } from '../support/cli.mjs';
import { Engine } from '../support/engine.mjs';
import { Root, web } from '../support/root.mjs';
import { makeProxyImages } from '../support/proxy_images.mjs';
import { end, start } from '../support/process.mjs';
import { until } from '../support/wait.mjs';

let root;
let cli;
let engine;
let daemon;

before(async () => {
  engine = Engine.shared();
  await makeProxyImages(engine);
  root = new Root();
  cli = new Cli(root, { engine });
  // `app` is a consumer of `base`, whose name comes later: the order is not the alphabet's.
  root.project('zbase', { compose: { services: { db: web() } } });
  root.project('app', {
    compose: { services: { web: web({ environment: { TOKEN: '${TOKEN}' } }) } },
    ingress: { enabled: true, egress: ['zbase:db'] },
  });
  root.write('secrets/app.txt', 'TOKEN=canary-5\n', 0o600);
});
after(async () => {
  await daemon?.stop();
  await engine.sweep();
  root.remove();
});

const running = async (project) => (await engine.containers(project)).filter((one) => one.State.Running);
const firsts = (text, names) => names.map((name) => text.indexOf(`✓ ${name}:`));

test('without a daemon, run brings up dns, proxy and the projects, providers first', async () => {
  const out = await cli.ok('run');
  const places = firsts(out, ['dns', 'proxy', 'zbase', 'app']);
  assert.deepEqual(places, [...places].sort((a, b) => a - b), out);
  assert.ok(places[0] >= 0);
  for (const project of ['dns', 'proxy', 'zbase', 'app']) assert.ok((await running(project)).length > 0, project);
  assert.equal(root.has('data/itsup.lock'), true);
  assert.ok(!out.includes('canary-5'));
});

test('plan and status tell the same without a daemon as with one', async () => {
  const alone = JSON.parse(await cli.ok('status', '--json'));
  const planned = JSON.parse(await cli.ok('plan', 'app', '--json'));
  assert.deepEqual(planned.services.map((service) => [service.name, service.action]), [['web', 'unchanged']]);
  daemon = await cli.serve();
  assert.deepEqual(JSON.parse(await cli.ok('plan', 'app', '--json')).services, planned.services);
  const served = JSON.parse(await cli.ok('status', '--json'));
  const shape = (seen) => seen.stacks.map(({ name, kind, status }) => [name, kind, status]).sort();
  assert.deepEqual(shape(alone), shape(served));
  assert.match(await cli.ok('status'), /^app +running +1\/1/m);
});

test('a running daemon does the work, wherever it listens', async () => {
  const out = await cli.ok('apply', 'app', '--force');
  assert.match(out, /✓ app: deploy succeeded/);
  const { code, stderr } = await cli.run('apply', 'nothing');
  assert.equal(code, 1);
  assert.match(stderr, /there is no project "nothing"/);
});

test('a second daemon on the same root is told who has it', async () => {
  const { code, stderr } = await cli.run('serve', '--listen', '127.0.0.1:0');
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`another itsup works on .* \\(process ${daemon.pid}\\)`));
});

test('one failure does not keep the others from being deployed, and is told in the exit code', async () => {
  root.project('broken', { compose: { services: { web: web({ image: 'no-such-image:1' }) } } });
  const { code, stdout, stderr } = await cli.run('apply');
  assert.equal(code, 1);
  assert.match(stderr, /1 of 5 failed: broken/);
  assert.match(stdout, /✓ zbase: deploy succeeded/);
  rmSync(root.path('projects/broken'), { recursive: true });
});

test('svc is docker compose itself: its output, its exit code, the secrets, its own name', async () => {
  const out = await cli.ok('svc', 'app', 'ps', '--format', '{{.Service}}');
  assert.equal(out.trim(), 'web');
  assert.equal((await cli.run('svc', 'app', 'exec', '-T', 'web', '/demo', 'no-such-command')).code !== 0, true);
  assert.match(await cli.ok('svc', 'app', 'config'), /TOKEN: canary-5/);
  const { code, stderr } = await cli.run('svc', 'app', 'bogus');
  assert.ok(code > 0 && code !== 2, `${code}`);
  assert.match(stderr, /bogus/);
  assert.match((await cli.run('svc', 'nope', 'ps')).stderr, /there is no project "nope"; there are app, zbase/);
  assert.equal((await cli.run('svc')).code, 2);
});

test('the child gets the signals that the command gets', async () => {
  const child = start(process.env.ITSUP_BIN, ['svc', 'app', 'events'], { logFile: root.path('events.log'), env: cli.env, cwd: '/' });
  await until('compose to be there instead of us', () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').startsWith('docker\0compose'));
  // A signal before its plugin listens is lost: what it prints says that it does.
  const [{ Id: id }] = await running('app');
  await until('compose to tell an event', async () => {
    await engine.docker('pause', id);
    await engine.docker('unpause', id);
    return child.output().includes('pause');
  });
  process.kill(child.pid, 'SIGINT');
  const { code, signal } = await child.ended;
  assert.ok(code !== 0 || signal === 'SIGINT', `${code} ${signal}`);
  await end(child.pid);
});

test('dns and proxy take every compose command; up deploys', async () => {
  assert.match(await cli.ok('proxy', 'ps', '--format', '{{.Service}}'), /traefik/);
  await cli.ok('proxy', 'logs', 'traefik', '--tail', '5');
  assert.match(await cli.ok('dns'), /itsup dns logs/);
  assert.match(await cli.ok('dns', 'up'), /✓ dns: up succeeded/);
  assert.equal((await cli.run('proxy', 'up', '--force-recreate')).code, 2);
});

test('a removed project is shown as an orphan and can be taken down, even with its secrets gone', async () => {
  root.project('gone', { compose: { services: { web: web({ environment: { K: '${GONE_KEY:?}' }, volumes: ['./data:/data'] }) } } });
  root.write('secrets/gone.txt', 'GONE_KEY=1\n', 0o600);
  await cli.ok('apply', 'gone');
  rmSync(root.path('projects/gone'), { recursive: true });
  rmSync(root.path('secrets/gone.txt'));
  const orphan = await until('the orphan to be seen', async () => {
    const { stacks } = JSON.parse(await cli.ok('status', '--json'));
    return stacks.find((one) => one.name === 'gone' && one.kind === 'orphan');
  });
  assert.equal(orphan.services[0].name, 'web');
  assert.match(await cli.ok('status'), /^gone .*orphan/m);
  const refused = await cli.run('apply', 'gone');
  assert.equal(refused.code, 1);
  const out = await cli.ok('down', '--orphans');
  assert.match(out, /✓ gone: down succeeded/);
  assert.equal((await engine.containers('gone')).length, 0);
  assert.equal((await engine.tryDocker('network', 'inspect', 'gone_default')).code !== 0, true);
  assert.ok(existsSync(root.path('upstream/gone/data')), 'its data stays');
  assert.equal((await running('app')).length, 1);
  assert.match(await cli.ok('down', '--orphans'), /there are no orphans/);
});

test('containers that others brought up are nobody\'s orphans', async () => {
  await engine.docker('run', '-d', '--name', 'foreign', '--label', 'com.docker.compose.project=foreign', '--label', 'com.docker.compose.service=x', 'demo:1');
  const { stacks } = JSON.parse(await cli.ok('status', '--json'));
  assert.equal(stacks.some((one) => one.name === 'foreign'), false);
  await cli.ok('down', '--orphans');
  assert.equal((await engine.docker('ps', '-q', '--filter', 'name=foreign')).length > 0, true);
});

test('down stops consumers before providers and keeps the containers; run starts them again', async () => {
  await daemon.stop();
  daemon = null;
  const before = (await engine.containers('app'))[0].Id;
  const out = await cli.ok('down');
  const places = firsts(out, ['app', 'zbase', 'proxy', 'dns']);
  assert.deepEqual(places, [...places].sort((a, b) => a - b), out);
  assert.ok(places[0] >= 0);
  assert.equal((await running('app')).length + (await running('dns')).length + (await running('proxy')).length, 0);
  assert.equal((await engine.containers('app'))[0].Id, before);
  await cli.ok('run');
  assert.equal((await running('app'))[0].Id, before);
});

test('down --clean removes containers and networks', async () => {
  await cli.ok('down', '--clean');
  for (const project of ['dns', 'proxy', 'zbase', 'app']) assert.equal((await engine.containers(project)).length, 0, project);
  assert.match(await cli.ok('down'), /nothing was there to stop/);
});

test('an interrupt of a command takes back what is half done, and begins nothing else', async () => {
  root.project('slow', { compose: { services: { web: web({ env: { HEALTHY: 'never' } }) } } });
  const child = start(process.env.ITSUP_BIN, ['apply'], { logFile: root.path('slow.log'), env: cli.env, cwd: '/' });
  await until('the container to be waited for', async () => (await running('slow')).length === 1, { timeoutMs: 180_000 });
  process.kill(child.pid, 'SIGINT');
  const { code } = await child.ended;
  assert.equal(code, 1);
  assert.match(child.output(), /slow: deploy cancelled/);
  // It comes after slow: the one it talks to does, by its name.
  assert.match(child.output(), /app: not started: interrupted/);
  assert.deepEqual(await running('app'), []);
  rmSync(root.path('projects/slow'), { recursive: true });
});

test('on another machine than SSH_HOST nothing is changed', async () => {
  root.write('.env', 'SSH_HOST=192.0.2.77\n');
  for (const args of [['apply'], ['run'], ['down'], ['dns', 'ps'], ['svc', 'app', 'ps']]) {
    const { code, stderr } = await cli.run(...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /this is not the host of .*SSH_HOST=192\.0\.2\.77/);
  }
  await cli.ok('validate');
  root.write('.env', 'SSH_HOST=127.0.0.1\n');
  await cli.ok('dns', 'ps');
  rmSync(root.path('.env'));
});
