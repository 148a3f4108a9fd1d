// itsUP under a real systemd, installed as docs/operations.md says: it starts, reloads, drains, and comes back from a
// hang and from a kill; its log stands in the journal, and logrotate turns it over while it runs.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { Api } from '../support/api.mjs';
import { Engine } from '../support/engine.mjs';
import { Machine } from '../support/machine.mjs';
import { run } from '../support/process.mjs';
import { web } from '../support/root.mjs';
import { ensureProxynet } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const packaging = resolve(import.meta.dirname, '../../packaging');
const program = process.env.ITSUP_BIN;
const unit = 'itsup-api.service';
const base = 'http://127.0.0.1:8080';
const engine = Engine.shared();
let machine;

before(async () => {
  machine = await Machine.boot({
    program,
    // The test's own engine: the machine sees its socket, and has this machine's client where Debian installs one.
    binds: await dockerClient(),
    mounts: { [engine.socket]: '/opt/docker.sock' },
  });
});

after(async () => {
  await machine?.stop();
  await engine.sweep();
});

/** The client on the PATH and the Compose plugin that it finds itself: both may lie outside of /usr/bin and /usr/libexec. */
async function dockerClient() {
  const { stdout: program } = await run('which', ['docker']);
  const { stdout: plugins } = await run('docker', ['info', '--format', '{{json .ClientInfo.Plugins}}']);
  const compose = JSON.parse(plugins).find(({ Name }) => Name === 'compose').Path;
  return { [program.trim()]: '/usr/bin/docker', [compose]: '/usr/libexec/docker/cli-plugins/docker-compose' };
}

const show = (name) => machine.property(unit, name);
const pid = async () => Number(await show('MainPID'));
const health = async () => (await fetch(`${base}/health`, { signal: AbortSignal.timeout(1_000) })).status;
const answers = (timeoutMs = 20_000) => until('/health', async () => (await health()) === 200, { timeoutMs });
const journal = (...more) => machine.run('journalctl', '--no-pager', '--output=cat', '--unit', unit, ...more);

function client() {
  const token = /^API_ADMIN_TOKEN=(\S+)$/m.exec(readFileSync(machine.path('/srv/itsup/secrets/itsup.txt'), 'utf8'))[1];
  return new Api({ base, token });
}

/** The lines of "As a service" in docs/operations.md. */
async function install() {
  const copy = (from, to, mode) => {
    copyFileSync(from, machine.path(to));
    chmodSync(machine.path(to), mode);
  };
  copy(program, '/usr/bin/itsup', 0o755);
  copy(join(packaging, 'systemd', unit), `/etc/systemd/system/${unit}`, 0o644);
  copy(join(packaging, 'logrotate/itsup'), '/etc/logrotate.d/itsup', 0o644);
  await machine.run('itsup', 'init', '--root', '/srv/itsup');
  await machine.run('systemctl', 'daemon-reload');
}

/** What `systemctl edit` writes: another engine, and a watchdog that a test can wait for. */
async function edit() {
  mkdirSync(machine.path(`/etc/systemd/system/${unit}.d`), { recursive: true });
  writeFileSync(machine.path(`/etc/systemd/system/${unit}.d/override.conf`), '[Service]\nEnvironment=DOCKER_HOST=unix:///opt/docker.sock\nWatchdogSec=3\n');
  await machine.run('systemctl', 'daemon-reload');
}

test('enable --now returns when it is ready: active, and /health answers', async () => {
  await install();
  await edit();
  await machine.run('systemctl', 'enable', '--now', unit).catch(async (error) => {
    throw new Error(`${error.message}\n${await journal()}`);
  });
  assert.equal(await show('ActiveState'), 'active');
  assert.equal(await health(), 200);
  assert.equal(await show('Type'), 'notify');
});

test('its hardening leaves it what a deploy needs: the root, the socket, compose', async () => {
  await ensureProxynet(engine);
  const dir = machine.path('/srv/itsup/projects/shop');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'docker-compose.yml'), stringify({ services: { web: web() } }));
  writeFileSync(join(dir, 'itsup-project.yml'), stringify({ enabled: true }));
  const api = client();
  await until('shop to be listed', async () => (await api.request('GET', '/projects/shop')).status === 200);
  const deployment = await api.deploy('shop');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  assert.ok(existsSync(machine.path('/srv/itsup/upstream/shop/docker-compose.yml')));
  assert.equal((await engine.containers('shop')).length, 1);
  assert.equal((await machine.try('nsenter', '-t', String(await pid()), '-m', 'touch', '/etc/x')).code !== 0, true, '/etc must be read-only for it');
});

test('its hardening leaves nft what it takes to hold connections while Traefik is rolled', async () => {
  const table = (how) => `table inet itsup_probe\ndelete table inet itsup_probe\n${how}`;
  const hold = `table inet itsup_probe {
    set ports { type inet_service; flags timeout; elements = { 1 timeout 5s } }
    chain input { type filter hook input priority -150; tcp dport @ports tcp flags & (fin|syn|rst|ack) == syn drop; }
  }\n`;
  writeFileSync(machine.path('/srv/itsup/data/hold.nft'), table(hold));
  const text = readFileSync(join(packaging, 'systemd', unit), 'utf8')
    .replace(/^Type=.*$/m, 'Type=oneshot')
    .replace(/^ExecStart=.*$/m, 'ExecStart=/usr/sbin/nft -f /srv/itsup/data/hold.nft')
    .replace(/^(NotifyAccess|WatchdogSec|Restart|RestartSec|ExecReload|OOMPolicy)=.*\n/gm, '');
  writeFileSync(machine.path('/etc/systemd/system/probe.service'), text);
  await machine.run('systemctl', 'daemon-reload');
  await machine.run('systemctl', 'start', 'probe.service').catch(async (error) => {
    throw new Error(`${error.message}\n${await machine.run('journalctl', '--no-pager', '--unit', 'probe.service')}`);
  });
  const held = await machine.run('nft', 'list', 'table', 'inet', 'itsup_probe');
  await machine.run('nft', 'delete', 'table', 'inet', 'itsup_probe');
  assert.match(held, /hook input/);
});

test('reload reads the token again and keeps the process', async () => {
  const before = await pid();
  const file = machine.path('/srv/itsup/secrets/itsup.txt');
  const text = readFileSync(file, 'utf8');
  const api = client();
  writeFileSync(file, text.replace(api.token, 'f'.repeat(64)));
  await machine.run('systemctl', 'reload', unit);
  await until('the new token', async () => (await client().request('GET', '/projects')).status === 200);
  assert.equal((await api.request('GET', '/projects')).status, 401);
  assert.equal(await pid(), before);
});

test('its log stands in the journal, without the token', async () => {
  const text = await journal();
  assert.match(text, /"level":"info"/);
  assert.doesNotMatch(text, new RegExp(client().token));
});

test('logrotate turns its log over while it logs: no NUL byte, and it goes on', async () => {
  const log = machine.path('/srv/itsup/logs/api.log');
  const config = readFileSync(machine.path('/etc/logrotate.d/itsup'), 'utf8').replace('10M', '4k');
  writeFileSync(machine.path('/etc/logrotate.d/itsup'), config);
  const busy = setInterval(() => fetch(`${base}/nowhere`).catch(() => {}), 5);
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      await until('some log', () => readFileSync(log).length > 6_000, { timeoutMs: 30_000 });
      await machine.run('systemctl', 'start', 'logrotate.service');
    }
    await until('it goes on', () => readFileSync(log).length > 500);
  } finally {
    clearInterval(busy);
  }
  const names = readdirSync(machine.path('/srv/itsup/logs')).filter((name) => name.startsWith('api.log')).sort();
  assert.deepEqual(names, ['api.log', 'api.log.1', 'api.log.2.gz', 'api.log.3.gz']);
  for (const name of ['api.log', 'api.log.1']) assert.ok(!readFileSync(machine.path(`/srv/itsup/logs/${name}`)).includes(0), name);
});

test('a daemon that hangs is restarted by the watchdog', async () => {
  const before = await pid();
  await machine.run('systemctl', 'kill', '--kill-who=main', '--signal=STOP', unit);
  await until('another process', async () => ![0, before].includes(await pid()), { timeoutMs: 40_000, everyMs: 200 });
  await answers();
  assert.match(await journal(), /Watchdog timeout/i);
});

test('a daemon that is killed is restarted', async () => {
  const before = await pid();
  await machine.run('systemctl', 'kill', '--kill-who=main', '--signal=KILL', unit);
  await until('another process', async () => ![0, before].includes(await pid()), { timeoutMs: 20_000, everyMs: 100 });
  await answers();
  assert.ok(Number(await show('NRestarts')) >= 2);
});

test('stop drains within seconds: an open stream ends, and the unit is inactive without a failure', async (t) => {
  const stream = client().stream('/events');
  await stream.started;
  const started = performance.now();
  await machine.run('systemctl', 'stop', unit);
  const took = performance.now() - started;
  t.diagnostic(`stop took ${Math.round(took)} ms`);
  assert.ok(took < 60_000, `${took} ms`);
  await stream.end({ timeoutMs: 2_000 });
  assert.equal(await show('ActiveState'), 'inactive');
  assert.equal(await show('Result'), 'success');
  await assert.rejects(health());
});

test('with Type=simple it runs too', async () => {
  const dir = machine.path(`/etc/systemd/system/${unit}.d`);
  writeFileSync(join(dir, 'simple.conf'), '[Service]\nType=simple\nNotifyAccess=none\nWatchdogSec=0\n');
  await machine.run('systemctl', 'daemon-reload');
  await machine.run('systemctl', 'start', unit);
  await answers();
  assert.equal(await show('Type'), 'simple');
  assert.equal(await show('ActiveState'), 'active');
  await machine.run('systemctl', 'stop', unit);
  assert.equal(await show('Result'), 'success');
});
