// Who did what: an action is written down before it is done, and one that cannot be written down is not done.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, test } from 'node:test';
import { Engine } from '../support/engine.mjs';
import { makeDemoImage } from '../support/images.mjs';
import { run } from '../support/process.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';

let api;
let engine;
let root;

before(async () => {
  engine = Engine.shared();
  await makeDemoImage(engine);
  ({ api, root } = await scene((r) => r.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true } })));
  assert.equal((await api.deploy('shop')).state, 'succeeded');
});

const database = () => root.path('data/itsup.db');

async function entries() {
  const select = 'import sqlite3, sys, json; print(json.dumps(sqlite3.connect(sys.argv[1]).execute("select verb, project, actor, result from audit order by id").fetchall()))';
  return JSON.parse((await run('python3', ['-c', select, database()])).stdout);
}

/** Somebody else who writes into the database and does not come to an end: a backup that hangs, a full disk. */
async function lock() {
  const text = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute("begin immediate"); print("locked", flush=True); sys.stdin.read()';
  const child = spawn('python3', ['-c', text, database()], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
}

const started = async () => (await engine.containers('shop')).map((one) => one.State.StartedAt);

test('an action leaves who did what, and how it ended', async () => {
  assert.equal((await api.job('/projects/shop/restart')).state, 'succeeded');
  assert.equal((await api.post('/projects/shop/deploy', { services: ['nobody'] })).status, 404);
  const found = (await entries()).filter(([, project]) => project === 'shop').map(([verb, , , result]) => [verb, result]);
  assert.deepEqual(found, [['project.deploy', 'ok'], ['project.restart', 'ok'], ['project.deploy', 'not-found']]);
  for (const [, , actor] of await entries()) assert.ok(actor.length > 0);
});

test('guesses at the token cannot fill the record, and keep nobody out who has it', async () => {
  const guess = async (token) => (await api.anyone().request('POST', '/auth/login', { body: { token } })).status;
  const answers = [];
  for (let i = 0; i < 60; i += 1) answers.push(await guess(`wrong-${i}`));
  const judged = answers.filter((status) => status === 401).length;
  assert.ok(judged > 0 && judged < 30, answers.join(' '));
  assert.equal(answers.filter((status) => status === 429).length, 60 - judged, answers.join(' '));
  const written = (await entries()).filter(([verb, , actor]) => verb === 'auth.login' && actor === 'anonymous');
  assert.equal(written.length, judged);
  assert.ok([200, 204].includes(await guess(root.token)));
  const [, , actor, result] = (await entries()).findLast(([verb]) => verb === 'auth.login');
  assert.deepEqual([actor, result], ['admin', 'ok'], 'who is somebody is not pushed out by guesses');
});

test('what cannot be written down is not done, and everything can still be read', async () => {
  const before = await started();
  const release = await lock();
  try {
    const answers = await Promise.all(['restart', 'stop', 'deploy'].map((what) => api.post(`/projects/shop/${what}`, {}, { timeoutMs: 30_000 })));
    for (const { status, body } of answers) {
      assert.ok(status >= 500, `${status} ${JSON.stringify(body)}`);
      assert.match(body.detail, /audit record cannot be written, so nothing was done/);
    }
    for (const path of ['/health', '/projects', '/projects/shop', '/deployments']) assert.equal((await api.request('GET', path)).status, 200, path);
  } finally {
    await release();
  }
  assert.deepEqual(await started(), before);
  assert.equal((await api.job('/projects/shop/restart')).state, 'succeeded');
});
