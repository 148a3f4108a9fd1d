// Attacks that peers fell to, each named by its row in docs/security.md: what a caller without the right
// credentials, or a page of another site, can reach.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { sendRaw } from '../support/raw.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';

const canary = '/tmp/itsup-pwned';
let api;
let daemon;
let root;
let operations;

before(async () => {
  rmSync(canary, { force: true });
  ({ api, daemon, root } = await scene((r) => r.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true } }), { engine: null }));
  const { paths } = (await api.request('GET', '/openapi.json')).body;
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replace('{name}', 'shop').replace('{service}', 'web').replace('{provider}', 'github').replace('{id}', '01890a5d-ac96-774b-bcce-b302099a8057'),
      open: operation.security?.length === 0,
      id: operation.operationId,
    })),
  );
});

const status = async (path, { method = 'GET', ...options } = {}) => (await api.anyone().request(method, path, options)).status;

describe('S14: nothing but what is declared open answers without credentials', () => {
  const attempts = {
    'no credentials': {},
    'a wrong token': { Authorization: 'Bearer wrong' },
    'a wrong key': { 'X-API-KEY': 'wrong' },
    'a wrong scheme': { Authorization: 'Basic YWRtaW46YWRtaW4=' },
    'a forged session': { Cookie: `itsup_session=${'0'.repeat(64)}` },
  };
  for (const [what, headers] of Object.entries(attempts)) {
    test(`${what} → 401 on every operation`, async () => {
      assert.ok(operations.length >= 30, `${operations.length} operations`);
      for (const { method, path, open, id } of operations) {
        if (open) continue;
        assert.equal(await status(path, { method, headers }), 401, `${id} with ${what}`);
      }
    });
  }

  test('a session that was logged out is worth nothing → 401 on every operation', async () => {
    const Cookie = await login();
    assert.equal(await status('/projects', { headers: { Cookie } }), 200);
    assert.equal(await status('/auth/logout', { method: 'POST', headers: { Cookie, Origin: api.base } }), 204);
    for (const { method, path, open, id } of operations) {
      if (!open) assert.equal(await status(path, { method, headers: { Cookie, Origin: api.base } }), 401, id);
    }
  });

  test('an unknown path is 401 first and 404 only for who may ask', async () => {
    assert.equal(await status('/plugins/anything'), 401);
    assert.equal((await api.request('GET', '/plugins/anything')).status, 404);
  });

  test('the open ones are the open ones', () => {
    assert.deepEqual(operations.filter((o) => o.open).map((o) => o.path).sort(), ['/auth/login', '/health', '/health/ready', '/openapi.json', '/schemas/shop', '/version']);
  });
});

describe('S13: a token in the address is worth nothing', () => {
  for (const name of ['token', 'apikey', 'api_key', 'access_token']) {
    test(`?${name}=`, async () => assert.equal(await status(`/projects?${name}=${root.token}`), 401));
  }
});

const refusedUpgrade = (path, headers) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(api.base.replace('http', 'ws') + path, { headers });
    socket.once('open', () => reject(new Error('it opened')));
    socket.once('error', () => {});
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
  });

test('S15: a WebSocket without credentials gets 401 and never 101', async () => {
  for (const path of ['/ws', '/projects/shop/logs?follow']) assert.equal(await refusedUpgrade(path, {}), 401, path);
});

async function login() {
  const answer = await fetch(`${api.base}/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token: root.token }) });
  assert.equal(answer.status, 200);
  const cookie = answer.headers.get('set-cookie');
  for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(flag), cookie);
  return cookie.split(';')[0];
}

test('S27: behind TLS no other host of the domain can set the session', async () => {
  const https = { 'X-Forwarded-Proto': 'https' };
  const answer = await fetch(`${api.base}/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...https }, body: JSON.stringify({ token: root.token }) });
  const cookie = answer.headers.get('set-cookie');
  assert.match(cookie, /^__Host-itsup_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure/);
  const value = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'));
  assert.equal(await status('/auth/me', { headers: { ...https, Cookie: `__Host-itsup_session=${value}` } }), 200);
  assert.equal(await status('/auth/me', { headers: { ...https, Cookie: `itsup_session=${value}` } }), 401);
});

describe('S27, S28: a page of another site cannot use the session', () => {
  test('unsafe requests', async () => {
    const Cookie = await login();
    const stop = (headers) => status('/auth/logout', { method: 'POST', headers: { Cookie, ...headers } });
    assert.equal(await stop({ Origin: 'https://evil.test' }), 403);
    assert.equal(await stop({ Origin: 'null' }), 403);
    assert.equal(await stop({ 'Sec-Fetch-Site': 'cross-site' }), 403);
    assert.equal(await status('/auth/me', { headers: { Cookie } }), 200, 'it must still be logged in');
    assert.equal(await stop({ Origin: api.base }), 204);
    assert.equal(await status('/auth/me', { headers: { Cookie } }), 401, 'the session must be gone');
  });

  test('a login from elsewhere', async () => {
    const attempt = (headers) => status('/auth/login', { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify({ token: root.token }) });
    assert.equal(await attempt({ Origin: 'https://evil.test' }), 403);
    assert.equal(await attempt({ Origin: api.base }), 200);
  });

  test('a WebSocket', async () => {
    const Cookie = await login();
    assert.equal(await refusedUpgrade('/ws', { Cookie, Origin: 'https://evil.test' }), 403);
    assert.equal(await refusedUpgrade('/ws', { Cookie }), 403);
  });

  test('GET changes nothing', async () => {
    for (const path of ['/projects/shop/deploy', '/projects/shop/stop', '/stacks/dns/down', '/auth/logout']) {
      assert.equal((await api.request('GET', path)).status, 405, path);
    }
  });
});

test('S29: a Host that is not ours is refused, in every form', async () => {
  for (const request of [
    'GET /health HTTP/1.1\r\nHost: evil.test\r\n\r\n',
    'GET /ui/ HTTP/1.1\r\nHost: evil.test:8080\r\n\r\n',
    'GET http://evil.test/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: 127.0.0.1.evil.test\r\n\r\n',
  ]) {
    assert.equal((await sendRaw(daemon.port, request)).status, 421, request);
  }
});

test('S30: no answer can be framed, and none is sniffed', async () => {
  for (const path of ['/health', '/ui/', '/projects', '/nothere', '/%zz', '/openapi.json']) {
    for (const answer of [await fetch(api.base + path), await fetch(api.base + path, { headers: api.headers() })]) {
      assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    }
  }
});

test('S25: the pages allow no inline script and nothing from elsewhere', async () => {
  const policy = (await fetch(`${api.base}/ui/`)).headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'|default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
});

const payloads = [';touch ${IFS}' + canary, '$(touch ' + canary + ')', '`touch ' + canary + '`', '|touch ' + canary, '& touch ' + canary, '--privileged', '-f/etc/passwd', '../../../etc/passwd', '\ntouch ' + canary, '\r\nX-Injected: 1'];

describe('S01, S02, S03, S31: names and parameters are never commands, options or headers', () => {
  for (const payload of payloads) {
    test(JSON.stringify(payload), async () => {
      const encoded = encodeURIComponent(payload);
      const paths = [
        `/projects/${encoded}`, `/projects/${encoded}/logs`, `/projects/shop/services/${encoded}`, `/stacks/${encoded}/status`,
        `/deployments/${encoded}`, `/projects/shop/logs?tail=${encoded}`, `/projects/shop/logs?since=${encoded}`,
        `/projects/shop/logs?service=${encoded}`, `/projects/shop/logs?stream=${encoded}`, `/projects?cursor=${encoded}`, `/ui/logs?boot=0${encoded}`,
      ];
      for (const path of paths) {
        const answer = await api.request('GET', path);
        const refused = path.startsWith('/ui/') ? [200, 400, 404, 422] : [400, 404, 422];
        assert.ok(refused.includes(answer.status), `${path} → ${answer.status}`);
        assert.equal(answer.headers.get('x-injected'), null, path);
      }
      for (const path of ['/projects/shop/deploy', '/projects/shop/restart']) {
        assert.equal((await api.post(path, { services: [payload] })).status, 422, path);
      }
      assert.ok(!existsSync(canary), 'a command ran');
    });
  }
});

test('S08: no verb leaves the folder of the projects', async () => {
  // On a bare socket: a client library would resolve the dots itself.
  for (const name of ['..', '.', '%2e%2e', '..%2f..%2fetc', '%252e%252e', 'shop%00', '%2fetc', 'a'.repeat(300), '%E2%80%A4%E2%80%A4', 'shop%2f.']) {
    for (const [method, suffix] of [['GET', ''], ['GET', '/validate'], ['GET', '/plan'], ['GET', '/logs'], ['POST', '/deploy'], ['POST', '/down'], ['DELETE', '']]) {
      const answer = await sendRaw(daemon.port, `${method} /projects/${name}${suffix} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${root.token}\r\nContent-Length: 0\r\n\r\n`);
      assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${name}${suffix} → ${answer.status}`);
    }
  }
});
