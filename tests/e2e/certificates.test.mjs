// From outside to a container and to itsUP itself: through the generated Traefik, over TLS, with certificates that it
// got from a real ACME server by HTTP-01.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import http from 'node:http';
import https from 'node:https';
import WebSocket from 'ws';
import { Acme } from '../support/acme.mjs';
import { Engine } from '../support/engine.mjs';
import { makeProxyImages } from '../support/proxy_images.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until, within } from '../support/wait.mjs';

const port = 18_090;
let acme;
let api;
let daemon;

const row = (domain, more = {}) => ({ service: 'web', domain, port: 8080, ...more });

before(async () => {
  const engine = Engine.shared();
  await makeProxyImages(engine);
  acme = await Acme.start();
  ({ api, daemon } = await scene(
    (r) => {
      r.project('shop', { compose: { services: { web: web({ env: { VERSION: 'shop' } }) } }, ingress: { ingress: [row('shop.test')] } });
      r.project('blog', {
        compose: { services: { web: web({ env: { VERSION: 'blog' } }), notes: web({ env: { VERSION: 'notes' } }) } },
        ingress: { ingress: [row('blog.test', { path_prefix: '/posts' }), row('bücher.test', { service: 'notes' })] },
      });
      r.project('itsup', {
        ingress: { host: '127.0.0.1', ingress: [{ domain: 'itsup.test', port, healthcheck: { interval: '1s', timeout: '5s' } }] },
      });
      acme.configure(r);
    },
    { proxynet: false, port, env: { ITSUP_ALLOWED_HOSTS: 'itsup.test' } },
  ));
  for (const path of ['/stacks/dns/up', '/stacks/proxy/up', '/projects/shop/deploy', '/projects/blog/deploy']) {
    const deployment = await api.job(path, {}, { timeoutMs: 120_000 });
    assert.equal(deployment.state, 'succeeded', `${path}: ${JSON.stringify(deployment.error)}`);
  }
});
after(() => acme?.stop());

/** One request on a connection of its own that trusts the test's authority and nothing else. */
function ask(host, path = '/', headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const options = { method, host: '127.0.0.1', port: 8443, path, servername: host, headers: { Host: host, ...headers }, ca: acme.root, agent: false, timeout: 5_000 };
    const request = https.request(options, (response) => {
      const certificate = response.socket.getPeerCertificate();
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body, certificate, headers: response.headers }));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
    request.end(body);
  });
}

const answers = (host, path, status) =>
  until(`${host}${path} to answer ${status}`, async () => {
    const answer = await ask(host, path);
    if (answer.status !== status) throw new Error(`${answer.status}`);
    return answer;
  }, { timeoutMs: 60_000, everyMs: 200 }).catch((error) => {
    throw new Error(`${error.message}\n${acme.output().slice(-2_000)}`);
  });

test('each name is served with a certificate of its own, which the authority checked by HTTP-01', async (t) => {
  for (const [host, path, version] of [['shop.test', '/', 'shop'], ['blog.test', '/posts', 'blog'], ['xn--bcher-kva.test', '/', 'notes']]) {
    const { body, certificate } = await answers(host, path, 200);
    assert.match(body, new RegExp(version));
    assert.equal(certificate.subjectaltname, `DNS:${host}`);
    t.diagnostic(`${host}: ${certificate.issuer.CN}, until ${certificate.valid_to}`);
  }
  assert.match(acme.output(), /validate w\/ HTTP: http:\/\/shop.test:8080/);
});

test('a path that is not routed is refused, and so is a name', async () => {
  assert.equal((await ask('blog.test', '/')).status, 404);
  assert.equal((await ask('blog.test', '/post')).status, 404);
  await assert.rejects(ask('other.test'), 'sniStrict: no certificate, no handshake');
});

test('plain HTTP is sent to HTTPS', async () => {
  const location = await new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port: 8080, path: '/a?b=c', headers: { Host: 'shop.test' } }, (response) => {
      response.resume();
      resolve(`${response.statusCode} ${response.headers.location}`);
    }).on('error', reject);
  });
  assert.match(location, /^30[1278] https:\/\/shop\.test(:8443)?\/a\?b=c$/);
});

test('itsUP itself is reached by its name, and not while it does not answer', async (t) => {
  const { body } = await answers('itsup.test', '/version', 200);
  assert.ok(JSON.parse(body).version);
  assert.equal((await ask('itsup.test', '/projects')).status, 401);
  assert.equal((await ask('itsup.test', '/projects', { Authorization: `Bearer ${api.token}` })).status, 200);
  process.kill(daemon.pid, 'SIGSTOP');
  try {
    const begin = performance.now();
    await answers('itsup.test', '/version', 503);
    t.diagnostic(`taken out after ${Math.round(performance.now() - begin)} ms of silence`);
  } finally {
    process.kill(daemon.pid, 'SIGCONT');
  }
  await answers('itsup.test', '/version', 200);
});

test('a page that is logged in over TLS has its live connection', async () => {
  const host = 'itsup.test:8443';
  const Origin = `https://${host}`;
  await answers('itsup.test', '/version', 200);
  const login = await ask('itsup.test', '/auth/login', { Host: host, Origin, 'Content-Type': 'application/json' }, JSON.stringify({ token: api.token }));
  assert.equal(login.status, 200);
  const [Cookie] = login.headers['set-cookie'][0].split(';');
  assert.match(Cookie, /^__Host-/);
  const socket = new WebSocket('wss://127.0.0.1:8443/ws', { servername: 'itsup.test', ca: acme.root, headers: { Host: host, Origin, Cookie } });
  const first = new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
  socket.once('open', () => socket.send(JSON.stringify({ op: 'subscribe', id: 'live', channel: 'events' })));
  const frame = JSON.parse(await within(10_000, 'the first frame', first));
  assert.equal(frame.event, 'snapshot');
  socket.terminate();
});
