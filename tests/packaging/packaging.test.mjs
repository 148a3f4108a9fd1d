// What a person installs: the unit that systemd reads, and logrotate run for real.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { run } from '../support/process.mjs';

const packaging = resolve(import.meta.dirname, '../../packaging');
const dir = mkdtempSync(join(tmpdir(), 'itsup-packaging-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('systemd-analyze verify says nothing about the unit', async () => {
  // The paths of an installed system, replaced by ones that exist on every machine.
  const text = readFileSync(join(packaging, 'systemd/itsup-api.service'), 'utf8');
  const unit = join(dir, 'itsup-api.service');
  writeFileSync(unit, text.replace('/usr/bin/itsup', '/bin/true'));
  writeFileSync(join(dir, 'docker.service'), '[Service]\nExecStart=/bin/true\n');
  const { code, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit], {
    allowFailure: true,
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${dir}:` },
  });
  assert.equal(stderr, '');
  assert.equal(code, 0);
});

test('the unit keeps what the issue of a long-lived daemon needs', () => {
  const text = readFileSync(join(packaging, 'systemd/itsup-api.service'), 'utf8');
  for (const line of ['Type=notify', 'WatchdogSec=30', 'Restart=always', /^MemoryHigh=/m, /^MemoryMax=/m, 'NoNewPrivileges=yes']) {
    assert.match(text, line instanceof RegExp ? line : new RegExp(`^${line}$`, 'm'));
  }
});

test('logrotate with copytruncate leaves an appending writer without one NUL byte', async () => {
  const logs = join(dir, 'logs');
  mkdirSync(logs, { mode: 0o755 });
  const log = join(logs, 'api.log');
  const config = join(dir, 'logrotate.conf');
  const shipped = readFileSync(join(packaging, 'logrotate/itsup'), 'utf8');
  writeFileSync(config, shipped.replaceAll('/srv/itsup', dir), { mode: 0o644 });
  const line = `${JSON.stringify({ level: 'info', message: 'x'.repeat(900) })}\n`;
  const fd = openSync(log, 'a');
  for (let turn = 0; turn < 3; turn += 1) {
    for (let n = 0; n < 12_000; n += 1) writeSync(fd, line);
    await run('logrotate', ['--state', join(dir, 'state'), config]);
    assert.equal(statSync(log).size, 0, `turn ${turn}`);
  }
  writeSync(fd, line);
  closeSync(fd);
  assert.equal(readFileSync(log, 'utf8'), line);
  const names = readdirSync(logs).sort();
  assert.deepEqual(names, ['api.log', 'api.log.1', 'api.log.2.gz', 'api.log.3.gz']);
  assert.ok(!readFileSync(join(logs, 'api.log.1')).includes(0));
});
