// Sessions of the web app outlive the daemon: an update logs nobody out, and a log-out stays one.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { scene } from '../support/scene.mjs';

let api;
let daemon;
let root;

before(async () => {
  ({ api, daemon, root } = await scene(() => {}, { engine: null }));
});

async function login() {
  const answer = await fetch(`${api.base}/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: root.token }) });
  assert.equal(answer.status, 200);
  return answer.headers.get('set-cookie').split(';')[0];
}
const me = async (Cookie) => (await fetch(`${api.base}/auth/me`, { headers: { Cookie } })).status;
const logout = async (Cookie) => (await fetch(`${api.base}/auth/logout`, { method: 'POST', headers: { Cookie, Origin: api.base } })).status;

async function restart(end) {
  await end();
  await daemon.start();
}

test('a session goes on after a stop and after a crash', async () => {
  const cookie = await login();
  await restart(() => daemon.stop());
  assert.equal(await me(cookie), 200);
  const late = await login();
  await restart(() => daemon.crash());
  assert.equal(await me(cookie), 200);
  assert.equal(await me(late), 200, 'one that was opened right before the crash');
});

test('one that was ended stays ended, also after a crash', async () => {
  const cookie = await login();
  assert.equal(await logout(cookie), 204);
  await restart(() => daemon.crash());
  assert.equal(await me(cookie), 401);
});

test('the database cannot open one', async () => {
  const cookie = await login();
  const value = cookie.slice(cookie.indexOf('=') + 1);
  for (const name of readdirSync(root.path('data'))) {
    const bytes = readFileSync(root.path('data', name));
    assert.ok(!bytes.includes(value), `${name} holds the cookie`);
    assert.ok(!bytes.includes(root.token), `${name} holds the token`);
  }
});

test('a token that was changed while no daemon ran ends its sessions', async () => {
  const cookie = await login();
  await daemon.stop();
  const file = root.path('secrets/itsup.txt');
  const text = readFileSync(file, 'utf8');
  const token = 'e'.repeat(64);
  writeFileSync(file, text.replace(root.token, token));
  root.token = token;
  await daemon.start();
  assert.equal(await me(cookie), 401);
  assert.equal(await me(await login()), 200);
});
