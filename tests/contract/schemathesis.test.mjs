// Schemathesis reads the API document and tries to make the daemon break it, on a real engine, with every check that
// it has (schemathesis.toml names the exceptions): examples and boundary values, which are the same in every run. With
// ITSUP_SCHEMATHESIS_SECONDS=300 random values and chains of calls, too, for so long.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { resolve } from 'node:path';
import { run } from '../support/process.mjs';
import { chatter, web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { documentFile } from '../support/validating_proxy.mjs';

const random = process.env.ITSUP_SCHEMATHESIS_SECONDS;
const seconds = Number(random ?? 120);
const phases = random ? 'examples,coverage,fuzzing,stateful' : 'examples,coverage';
const config = resolve(import.meta.dirname, 'schemathesis.toml');
const install = resolve(import.meta.dirname, '../../tools/install/schemathesis.sh');
let api;
let daemon;
let root;

before(async () => {
  ({ api, daemon, root } = await scene(
    (r) =>
      r
        .project('shop', { compose: { services: { web: web({ replicas: 2 }) } }, ingress: { enabled: true } })
        .project('clock', { compose: { services: { web: chatter({ intervalMs: 200 }) } }, ingress: { enabled: true } }),
  ));
  for (const name of ['shop', 'clock']) assert.equal((await api.deploy(name)).state, 'succeeded');
});

test('no answer is undeclared, breaks its schema or is a server error', { timeout: (seconds + 300) * 1000 }, async (t) => {
  const { items } = await api.get('/deployments');
  const st = (await run(install, [], { timeoutMs: 600_000 })).stdout.trim();
  const { code, stdout, stderr } = await run(
    st,
    [
      '--config-file', config, 'run', documentFile, '--phases', phases, '--url', api.base, '--header', `Authorization: Bearer ${root.token}`,
      // Neither ends by itself.
      '--exclude-path', '/ws', '--exclude-path', '/events',
      '--max-time', String(seconds), '--request-timeout', '30', '--continue-on-failure', '--no-color', '--seed', String(seed()),
    ],
    {
      allowFailure: true,
      timeoutMs: (seconds + 240) * 1000,
      cwd: root.dir,
      env: {
        PATH: process.env.PATH,
        HOME: root.dir,
        PYTHONPATH: import.meta.dirname,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
        ITSUP_DEPLOYMENTS: items.map((item) => item.id).join(','),
      },
    },
  );
  const report = stdout + stderr;
  const generated = Number(/(\d+) generated/.exec(report)?.[1] ?? 0);
  t.diagnostic(`${/Test cases:\s+(.*)/.exec(report)?.[1]}; ${/Seed: .*/.exec(report)?.[0]}`);
  assert.equal(code, 0, report.slice(-20_000));
  assert.ok(generated >= 300, `only ${generated} requests`);
});

test('after it the daemon lives, and found no bug of its own', async () => {
  assert.equal((await api.request('GET', '/health')).status, 200);
  assert.doesNotMatch(daemon.output(), /request failed/);
});

/** With random values another each day, so that runs add up and a failure can be repeated by the number it prints. */
function seed() {
  return Number(process.env.ITSUP_SCHEMATHESIS_SEED ?? (random ? Math.floor(Date.now() / 86_400_000) : 1));
}
