// What a person types: bin/start-api.sh makes an install root that runs, and a second start is quick.
// bin/test.sh runs this after the release build, so nothing is left to install or to compile.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { Engine } from '../support/engine.mjs';
import { end, start } from '../support/process.mjs';
import { until } from '../support/wait.mjs';

const script = resolve(import.meta.dirname, '../../bin/start-api.sh');
const engine = Engine.shared();
const dir = mkdtempSync(join(tmpdir(), 'itsup-start-'));
const root = join(dir, 'root');
let child;

after(async () => {
  if (child) await end(child.pid);
  await engine.sweep();
  rmSync(dir, { recursive: true, force: true });
});

async function startApi(logFile, timeoutMs) {
  const startedAt = performance.now();
  child = start(script, [], {
    logFile: join(dir, logFile),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ITSUP_CACHE: process.env.ITSUP_CACHE ?? '', ITSUP_ROOT: root },
  });
  const answers = async () => (await fetch('http://127.0.0.1:8080/health', { signal: AbortSignal.timeout(1_000) })).status === 200;
  await until('/health', answers, { timeoutMs }).catch((error) => {
    throw new Error(`${error.message}\n${child.output().slice(-3000)}`);
  });
  return performance.now() - startedAt;
}

function client() {
  const token = /^API_ADMIN_TOKEN=([0-9a-f]{64})$/m.exec(readFileSync(join(root, 'secrets/itsup.txt'), 'utf8'))[1];
  return new Api({ base: 'http://127.0.0.1:8080', token });
}

test('the first start makes a root with a random token of its own, and says how to log in', async () => {
  await startApi('first.log', 300_000);
  assert.equal(statSync(join(root, 'secrets/itsup.txt')).mode & 0o777, 0o600);
  await until('the address', () => /http:\/\/127\.0\.0\.1:8080\//.test(child.output()));
  assert.match(child.output(), /log in/);
  assert.doesNotMatch(child.output(), new RegExp(client().token));
  const { items } = await client().get('/projects');
  assert.deepEqual(items.map((project) => [project.name, project.kind]), [['clock', 'container'], ['hello', 'container'], ['itsup', 'host']]);
});

test('the samples deploy without any registry: two healthy replicas, and lines that arrive', async () => {
  const api = client();
  for (const name of ['hello', 'clock']) {
    const deployment = await api.deploy(name);
    assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
    assert.equal((await api.project(name)).status, 'running');
  }
  assert.equal((await engine.containers('hello')).length, 2);
  const stream = api.stream('/projects/clock/logs?follow=true', 'text/plain');
  await stream.find('two lines', () => stream.records.length >= 2, { timeoutMs: 15_000 });
  stream.close();
});

test('SIGTERM ends it with 0, a second start takes seconds and finds what runs', async (t) => {
  process.kill(child.pid, 'SIGTERM');
  assert.deepEqual(await child.ended, { code: 0, signal: null });
  const { token } = client();
  const took = await startApi('second.log', 60_000);
  t.diagnostic(`the second start took ${Math.round(took)} ms`);
  assert.equal(client().token, token);
  await until('running', async () => (await client().project('hello')).status === 'running');
  await until('ready', async () => (await client().request('GET', '/health/ready')).status === 200);
});
