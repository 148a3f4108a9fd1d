// Who comes in, and how what is behind is spoken to, through the real Traefik: allow lists on every kind of router, the
// dashboard behind its credentials, and services that speak HTTPS or HTTP/2.
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Engine } from '../support/engine.mjs';
import { run } from '../support/process.mjs';
import { prepareProxy, served } from '../support/proxy.mjs';
import { makeProxyImages } from '../support/proxy_images.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const friend = '127.0.0.2'; // the only address on the allow lists
const stranger = '127.0.0.1';
const password = 'correct horse battery staple';
const listening = [];
let api;
let root;

const listen = (server) =>
  new Promise((resolve) => server.listen(0, stranger, () => {
    listening.push(server);
    resolve(server.address().port);
  }));

before(async () => {
  await makeProxyImages(Engine.shared());
  const hash = (await run('openssl', ['passwd', '-apr1', password])).stdout.trim();
  ({ api, root } = await scene(
    async (r) => {
      await prepareProxy(r, ['web.test', 'files.test', 'https.test', 'h2c.test', 'container.test', 'traefik.test']);
      const secrets = readFileSync(r.path('secrets/itsup.txt'), 'utf8').replace('admin:x', `admin:${hash}`);
      r.write('secrets/itsup.txt', secrets, 0o600);
      // A service's own certificate is usually signed by nobody: Traefik is told so where it is told everything else.
      r.write('projects/traefik.yml', { serversTransport: { insecureSkipVerify: true } });

      const identity = { key: readFileSync(r.path('data/acme/test.key')), cert: readFileSync(r.path('data/acme/test.pem')) };
      const over = (server) => server.on('request', (request, response) => response.end(`HTTP/${request.httpVersion}`));
      const secure = await listen(over(https.createServer(identity)));
      const clear2 = await listen(over(http2.createServer()));
      const plain = await listen(net.createServer((socket) => socket.on('data', () => socket.end('a line\n')).on('error', () => {})));

      const allow_source_ips = [friend];
      const host = (ingress) => ({ ingress: { host: stranger, ingress } });
      r.project('labels', {
        compose: { services: { web: web() } },
        ingress: { ingress: [
          { service: 'web', domain: 'web.test', port: 8080, allow_source_ips },
          { service: 'web', router: 'tcp', hostport: 9301, port: 8080, proxyprotocol: null, allow_source_ips },
        ] },
      });
      r.project('speaks', {
        compose: { services: { web: web() } },
        ingress: { ingress: [{ service: 'web', domain: 'container.test', port: 8080, scheme: 'h2c' }] },
      });
      r.project('files', host([
        { domain: 'files.test', port: secure, scheme: 'https', allow_source_ips },
        { router: 'tcp', hostport: 9302, port: plain, proxyprotocol: null, allow_source_ips },
      ]));
      r.project('secure', host([{ domain: 'https.test', port: secure, scheme: 'https' }]));
      r.project('clear2', host([{ domain: 'h2c.test', port: clear2, scheme: 'h2c' }]));
    },
    { proxynet: false },
  ));
  for (const path of ['/stacks/dns/up', '/stacks/proxy/up', '/projects/labels/deploy', '/projects/speaks/deploy']) {
    const deployment = await api.job(path, {}, { timeoutMs: 180_000 });
    assert.equal(deployment.state, 'succeeded', `${path}: ${JSON.stringify(deployment.error)}`);
  }
  await served('https.test');
});
after(() => {
  for (const server of listening) server.close();
});

function ask(host, { from = stranger, headers = {}, path = '/', client = https, port = 8443 } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: stranger, localAddress: from, port, path, servername: host, headers: { Host: host, ...headers }, rejectUnauthorized: false, agent: false, timeout: 5_000 };
    const request = client.get(options, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body, headers: response.headers }));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
  });
}

/** What a connection gets before it is closed; '' when it is refused after the handshake of TCP. */
function connect(port, from, say) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect({ port, host: stranger, localAddress: from }, () => socket.write(say));
    socket.setTimeout(5_000, () => socket.destroy(new Error('timeout')));
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', (error) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)));
    socket.on('close', () => resolve(text));
  });
}

const becomes = (what, probe) => until(what, probe, { timeoutMs: 60_000, everyMs: 200 });

for (const [by, host] of [['labels', 'web.test'], ['files', 'files.test']]) {
  test(`an http row routed by ${by} lets in its list and nobody else, whatever they claim`, async () => {
    await becomes(`${host} to answer ${friend}`, async () => (await ask(host, { from: friend })).status === 200);
    assert.equal((await ask(host)).status, 403);
    for (const header of ['X-Forwarded-For', 'X-Real-Ip', 'Forwarded']) {
      const { status } = await ask(host, { headers: { [header]: header === 'Forwarded' ? `for=${friend}` : friend } });
      assert.equal(status, 403, header);
    }
  });
}

for (const [by, host] of [['labels', 'web.test'], ['files', 'files.test']]) {
  test(`the redirect of an http row routed by ${by} lets nobody past the list, not even a trusted router's word`, async () => {
    const plain = (from, headers = {}) => ask(host, { from, headers, client: http, port: 8080 });
    const ended = { 'X-Forwarded-Proto': 'https' };
    await becomes(`${host} to redirect`, async () => (await plain(stranger)).status === 301 || (await plain(stranger)).status === 302);
    // The stranger has the address of routerIP: its word that TLS ended before counts.
    assert.equal((await plain(stranger, ended)).status, 403);
    const throughRouter = await plain(stranger, { ...ended, 'X-Forwarded-For': friend });
    assert.equal(throughRouter.status, 403, 'the list goes by who connects');
    assert.ok([301, 302].includes((await plain(friend, ended)).status), 'nobody else\'s word counts');
  });
}

for (const [by, port, say, answer] of [
  ['labels', 9301, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 200/],
  // The client speaks first: Traefik, which may be sent a PROXY header, waits seconds for it otherwise.
  ['files', 9302, 'hello\n', /^a line/],
]) {
  test(`a tcp row routed by ${by} lets in its list and nobody else`, async () => {
    await becomes(`${port} to answer ${friend}`, async () => answer.test(await connect(port, friend, say)));
    assert.equal(await connect(port, stranger, say), '');
  });
}

test('the dashboard and its API ask for the credentials', async () => {
  const basic = (secret) => ({ Authorization: `Basic ${Buffer.from(`admin:${secret}`).toString('base64')}` });
  for (const path of ['/dashboard/', '/api/rawdata']) {
    const refused = await ask('traefik.test', { path });
    assert.equal(refused.status, 401, path);
    assert.match(refused.headers['www-authenticate'], /^Basic /);
    assert.equal((await ask('traefik.test', { path, headers: basic('wrong') })).status, 401);
    assert.equal((await ask('traefik.test', { path, headers: basic(password) })).status, 200);
  }
});

test('a service that speaks HTTPS, and one that speaks HTTP/2 in the clear, are spoken to so', async () => {
  for (const [host, spoken] of [['https.test', 'HTTP/1.1'], ['h2c.test', 'HTTP/2.0']]) {
    await becomes(`${host} to answer`, async () => (await ask(host)).status === 200);
    assert.equal((await ask(host)).body, spoken);
  }
});

test('a container\'s scheme reaches Traefik', async () => {
  const headers = { 'X-Itsup-Token': readFileSync(root.path('data/traefik-api-token'), 'utf8').trim() };
  const found = await becomes('Traefik to list the service', async () => {
    const services = await (await fetch('http://127.0.0.1:8082/api/http/services', { headers })).json();
    return services.find(({ name }) => name.startsWith('speaks-'));
  });
  const urls = found.loadBalancer.servers.map(({ url }) => url);
  assert.equal(urls.length, 1);
  assert.match(urls[0], /^h2c:\/\/172\.20\.\d+\.\d+:8080$/);
});
