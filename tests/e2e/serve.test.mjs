// The process: its port, its signals, its log file, and what it tells systemd.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Daemon, program } from '../support/daemon.mjs';
import { run, start } from '../support/process.mjs';
import { Root, web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { sleep, until, within } from '../support/wait.mjs';

let api;
let root;
let daemon;
let engine;

before(async () => {
  ({ api, root, daemon, engine } = await scene((r) =>
    r.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true } }),
  ));
});

/** Starts one on a root of its own and ends it: the address that it says it answers at. */
async function listensAt(t, { arrange = () => {}, env = {}, args = [] }) {
  const own = new Root();
  t.after(() => own.remove());
  arrange(own);
  const child = start(program, ['serve', '--root', own.dir, ...args], {
    logFile: own.beside('listens.log'),
    env: { ...daemon.environment(), ...env },
    cwd: '/',
  });
  const address = await until('the address', () => /answers at http:\/\/([\d.:]+)\//.exec(child.output())?.[1]);
  assert.equal((await fetch(`http://127.0.0.1:${address.split(':')[1]}/health`)).status, 200);
  process.kill(child.pid, 'SIGTERM');
  assert.equal((await child.ended).code, 0);
  return address;
}

function serve(args, env = {}) {
  return run(program, ['serve', '--root', root.dir, ...args], { env: { ...daemon.environment(), ...env }, allowFailure: true, timeoutMs: 20_000 });
}

test('a port that is taken is an error that names the port and who has it', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address();
  const { code, stdout, stderr } = await serve(['--listen', `127.0.0.1:${port}`]);
  holder.close();
  assert.notEqual(code, 0);
  assert.match(stdout + stderr, new RegExp(String(port)));
  assert.match(stdout + stderr, /node/);
});

test('where :8080 is taken, by Traefik for the most part, both ways out are named', async () => {
  const holder = net.createServer().listen(8080, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { code, stdout, stderr } = await serve([], { ITSUP_LISTEN: '127.0.0.1:8080' });
  holder.close();
  assert.equal(code, 1);
  assert.match(stdout + stderr, /entryPoints\.web\.address in projects\/traefik\.yml/);
  assert.match(stdout + stderr, /projects\/itsup\/ingress\.yml, or ITSUP_LISTEN/);
});

test('an address that is not loopback is refused unless it is asked for', async (t) => {
  const { code, stdout, stderr } = await serve(['--listen', '0.0.0.0:18999']);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /without TLS: .*--allow-remote/);
  assert.equal(await listensAt(t, { args: ['--listen', '0.0.0.0:18999', '--allow-remote'] }), '0.0.0.0:18999');
  assert.equal(await listensAt(t, { env: { ITSUP_LISTEN: '0.0.0.0:18999', ITSUP_ALLOW_REMOTE: '1' } }), '0.0.0.0:18999');
});

test('where it listens: --listen, ITSUP_LISTEN of the process, of .env, the project itsup', async (t) => {
  const configured = (r) => r.project('itsup', { raw: { 'ingress.yml': 'host: 127.0.0.1\ningress:\n  - {domain: itsup.test, port: 18901}\n' } });
  const inDotenv = (r) => configured(r).write('.env', 'ITSUP_LISTEN=127.0.0.1:18902\n');
  const env = { ITSUP_LISTEN: '18903' };
  assert.equal(await listensAt(t, { arrange: configured }), '127.0.0.1:18901');
  assert.equal(await listensAt(t, { arrange: inDotenv }), '127.0.0.1:18902');
  assert.equal(await listensAt(t, { arrange: inDotenv, env }), '127.0.0.1:18903');
  assert.equal(await listensAt(t, { arrange: inDotenv, env, args: ['--listen', '127.0.0.1:18904'] }), '127.0.0.1:18904');
});

test('a .env that cannot be read stops the start and every command, and validation names it', async (t) => {
  root.write('shared.env', 'SSH_HOST=192.0.2.77\n');
  symlinkSync('shared.env', root.path('.env'));
  t.after(() => rmSync(root.path('.env')));
  assert.equal((await serve([])).code, 1);
  for (const command of ['apply', 'down', 'validate']) {
    const { code, stderr } = await daemon.cli(command);
    assert.equal(code, 1, command);
    assert.match(stderr, /\.env: .*symbolic link.*SSH_HOST/);
  }
  const { problems } = await api.get('/projects/shop/validate');
  assert.deepEqual(problems.filter((one) => one.file === '.env').map((one) => one.severity), ['error']);
});

test('an address that is none is an error that names it', async () => {
  const { code, stdout, stderr } = await serve(['--listen', 'nonsense:port']);
  assert.notEqual(code, 0);
  assert.match(stdout + stderr, /nonsense|listen/);
});

test('init makes the root that it is told, once', async () => {
  const fresh = root.path('some/new/root');
  const init = () => run(program, ['init', '--root', fresh], { allowFailure: true, env: { PATH: process.env.PATH } });
  const first = await init();
  assert.equal(first.code, 0, first.stderr);
  const secrets = readFileSync(`${fresh}/secrets/itsup.txt`, 'utf8');
  assert.match(secrets, /^API_ADMIN_TOKEN=[0-9a-f]{64}$/m);
  assert.equal(statSync(`${fresh}/secrets/itsup.txt`).mode & 0o777, 0o600);
  // The proxy's Compose file mounts it as soon as CrowdSec is on.
  const acquisition = readFileSync(`${fresh}/crowdsec/acquis.yml`, 'utf8');
  assert.match(acquisition, /^- \/var\/log\/traefik\/access\.log$/m);
  assert.match(acquisition, /^listen_addr: 0\.0\.0\.0:7422$/m);
  assert.equal((await init()).code, 0);
  assert.equal(readFileSync(`${fresh}/secrets/itsup.txt`, 'utf8'), secrets);
});

test('the log is JSON lines', async () => {
  await api.get('/projects');
  const file = root.path('logs/api.log');
  await until('a log', () => existsSync(file) && readFileSync(file, 'utf8').length > 0);
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) assert.equal(typeof JSON.parse(line), 'object');
  assert.doesNotMatch(readFileSync(file, 'utf8'), new RegExp(root.token));
});

test('logrotate with copytruncate under a logging daemon leaves no NUL byte, and it goes on logging', async () => {
  const file = root.path('logs/api.log');
  const config = root.path('logrotate.conf');
  writeFileSync(config, `${file} {\n size 1k\n rotate 5\n compress\n delaycompress\n copytruncate\n su root root\n}\n`);
  const busy = setInterval(() => api.request('GET', '/nowhere').catch(() => {}), 5);
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      await until('some log', () => readFileSync(file).length > 2_000);
      await run('logrotate', ['--state', root.path('state'), config]);
    }
    await until('it goes on', () => readFileSync(file).length > 500);
  } finally {
    clearInterval(busy);
  }
  assert.ok(!readFileSync(file).includes(0));
  assert.ok(!readFileSync(`${file}.1`).includes(0));
});

test('SIGHUP reopens the log after a rename, and reads the token again', async () => {
  const file = root.path('logs/api.log');
  renameSync(file, `${file}.moved`);
  const secrets = readFileSync(root.path('secrets/itsup.txt'), 'utf8');
  const token = 'f'.repeat(64);
  writeFileSync(root.path('secrets/itsup.txt'), secrets.replace(root.token, token));
  process.kill(daemon.pid, 'SIGHUP');
  await until('the new token', async () => {
    const answer = await api.request('GET', '/projects', { headers: { Authorization: `Bearer ${token}` } });
    return answer.status === 200;
  });
  assert.equal((await api.request('GET', '/projects')).status, 401);
  await until('a new log', () => existsSync(file) && readFileSync(file, 'utf8').length > 0);
  writeFileSync(root.path('secrets/itsup.txt'), secrets);
  process.kill(daemon.pid, 'SIGHUP');
  await until('the old token', async () => (await api.request('GET', '/projects')).status === 200);
});

test('it tells systemd that it is ready, and keeps the watchdog quiet', async () => {
  const other = new Root();
  const socket = other.path('notify');
  const listener = start('python3', ['-u', '-c', [
    'import socket, sys',
    's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
    's.bind(sys.argv[1])',
    'while True: print(s.recv(4096).decode(), flush=True)',
  ].join('\n'), socket], { logFile: other.path('notify.log') });
  await until('the listener', () => existsSync(socket));
  const notified = new Daemon(other, { engine, env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' } });
  await notified.start();
  await until('READY=1', () => /READY=1/.test(listener.output()));
  await until('WATCHDOG=1 twice', () => (listener.output().match(/WATCHDOG=1/g) ?? []).length >= 2);
  await notified.dispose();
  assert.match(listener.output(), /STOPPING=1/);
  listener.kill();
  await listener.ended;
  other.remove();
});

test('it answers before it has read the configuration, and nothing wrong: what needs that waits for it', async () => {
  const other = new Root();
  for (let i = 0; i < 50; i += 1) other.project(`shop-${i}`, { compose: { services: { web: web() } } });
  const early = new Daemon(other, { engine });
  const starting = early.start();
  const first = (path, headers) =>
    until(`an answer to ${path}`, () => fetch(`${early.api.base}${path}`, { headers }).catch(() => undefined), { everyMs: 1 });
  const [health, list, stranger] = await Promise.all([
    first('/health', {}),
    first('/projects', { Authorization: `Bearer ${other.token}` }),
    first('/projects', { Authorization: `Bearer ${'0'.repeat(64)}` }),
  ]);
  await starting;
  assert.equal(health.status, 200);
  assert.equal(list.status, 200);
  assert.equal((await list.json()).items.length, 50);
  assert.equal(stranger.status, 401);
  await early.stop();
  other.remove();
});

test('SIGTERM ends open streams as streams end, and the process, with exit code 0', async () => {
  const streams = {
    events: api.stream('/events'),
    'log events': api.stream('/projects/shop/logs?follow=true'),
    'log records': api.stream('/projects/shop/logs?follow=true', 'application/x-ndjson'),
    'log lines': api.stream('/projects/shop/logs?follow=true', 'text/plain'),
    stats: api.stream('/projects/shop/stats?follow=true'),
  };
  for (const stream of Object.values(streams)) await stream.started;
  await sleep(100);
  process.kill(daemon.pid, 'SIGTERM');
  const { code } = await within(10_000, 'the end', daemon.child.ended);
  assert.equal(code, 0);
  for (const [name, stream] of Object.entries(streams)) {
    const records = await stream.end({ timeoutMs: 1_000 });
    // A body that is cut off is not complete.
    assert.equal(stream.response.complete, true, name);
    if (stream.accept === 'text/event-stream') assert.equal(records.at(-1)?.event, 'closing', name);
  }
});

test('SIGTERM right after the start, with the first health check under way, ends it too', async () => {
  for (let round = 0; round < 3; round += 1) {
    const other = new Root();
    const early = new Daemon(other, { engine });
    await early.start();
    process.kill(early.pid, 'SIGTERM');
    const { code } = await within(5_000, 'the end', early.child.ended);
    assert.equal(code, 0);
    other.remove();
  }
});
