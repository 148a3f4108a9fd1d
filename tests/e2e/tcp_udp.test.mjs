// TCP and UDP rows through the real Traefik: each reaches the container that it names, and no other.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import { before, test } from 'node:test';
import { prepareProxy } from '../support/proxy.mjs';
import { makeProxyImages } from '../support/proxy_images.mjs';
import { scene } from '../support/scene.mjs';
import { Engine } from '../support/engine.mjs';
import { until } from '../support/wait.mjs';

let api;

// `echo` answers NAME and what it got, over TCP and UDP.
const echo = (name) => ({
  image: 'demo:1',
  pull_policy: 'never',
  command: ['/demo', 'echo'],
  environment: { NAME: name, PORT: '7000' },
  healthcheck: { disable: true },
});

before(async () => {
  await makeProxyImages(Engine.shared());
  ({ api } = await scene(
    async (r) => {
      r.project('alpha', {
        compose: { services: { talk: echo('alpha') } },
        ingress: { enabled: true, ingress: [
          { service: 'talk', router: 'tcp', hostport: 9101, port: 7000, proxyprotocol: null },
          { service: 'talk', router: 'udp', protocol: 'udp', hostport: 9201, port: 7000 },
        ] },
      });
      r.project('beta', {
        compose: { services: { talk: echo('beta') } },
        ingress: { enabled: true, ingress: [
          { service: 'talk', router: 'tcp', hostport: 9102, port: 7000, proxyprotocol: null },
          { service: 'talk', router: 'udp', protocol: 'udp', hostport: 9202, port: 7000 },
          { service: 'talk', router: 'tcp', domain: 'beta.test', hostport: 9103, port: 7000, proxyprotocol: null },
        ] },
      });
      // With a fixed address the row goes through the file provider instead of labels.
      r.project('gamma', {
        compose: { services: { talk: echo('gamma') } },
        ingress: { enabled: true, ingress: [
          { service: 'talk', router: 'tcp', hostport: 9104, port: 7000, ipv4_address: '172.20.0.77', proxyprotocol: null },
          { service: 'talk', router: 'udp', protocol: 'udp', hostport: 9204, port: 7000, ipv4_address: '172.20.0.77' },
        ] },
      });
      await prepareProxy(r, ['beta.test', 'traefik.test']);
    },
    { proxynet: false },
  ));
  for (const path of ['/stacks/dns/up', '/stacks/proxy/up', '/projects/alpha/deploy', '/projects/beta/deploy', '/projects/gamma/deploy']) {
    const deployment = await api.job(path, {}, { timeoutMs: 180_000 });
    assert.equal(deployment.state, 'succeeded', `${path}: ${JSON.stringify(deployment.error)}`);
  }
});

const limit = 3_000;

function overStream(open) {
  return new Promise((resolve, reject) => {
    const socket = open(() => socket.end('hello\n'));
    let text = '';
    socket.setTimeout(limit, () => socket.destroy(new Error('timeout')));
    socket.on('data', (chunk) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
const tcp = (port) => overStream((ready) => net.connect(port, '127.0.0.1', ready));
const secure = (port, servername) => overStream((ready) => tls.connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }, ready));

function udp(port) {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const timer = setTimeout(() => { socket.close(); reject(new Error('timeout')); }, limit);
    socket.on('message', (message) => { clearTimeout(timer); socket.close(); resolve(message.toString()); });
    socket.send('hello\n', port, '127.0.0.1');
  });
}

const answers = (what, ask, wanted) =>
  until(`${what} to say ${wanted}`, async () => (await ask()) === `${wanted} hello\n`, { timeoutMs: 60_000, everyMs: 200 });

test('a tcp row reaches its own container, by its port', async () => {
  await answers('9101', () => tcp(9101), 'alpha');
  await answers('9102', () => tcp(9102), 'beta');
});

test('a udp row reaches its own container, by its port', async () => {
  await answers('9201', () => udp(9201), 'alpha');
  await answers('9202', () => udp(9202), 'beta');
});

test('a tcp row with a domain takes TLS for that name, and no other', async () => {
  await answers('9103', () => secure(9103, 'beta.test'), 'beta');
  await assert.rejects(secure(9103, 'other.test').then((text) => { if (!text.includes('hello')) throw new Error('refused'); }));
});

test('rows with a fixed address work through files', async () => {
  await answers('9104', () => tcp(9104), 'gamma');
  await answers('9204', () => udp(9204), 'gamma');
});

// Half-closed by its client, a connection ends at Traefik's termination delay: this one waits for the answer.
const talk = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('hello\n'));
    let text = '';
    socket.setTimeout(limit, () => socket.destroy(new Error('timeout')));
    socket.on('data', (chunk) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });

test('a deploy of a tcp service costs no connection', async () => {
  let done = false;
  let connections = 0;
  const failures = [];
  const connect = async () => {
    while (!done) {
      connections += 1;
      const text = await talk(9101).catch((error) => error.message);
      if (text !== 'alpha hello\n') failures.push(`${new Date().toISOString()} ${text}`);
    }
  };
  const load = Promise.all([connect(), connect()]);
  const deployment = await api.deploy('alpha', { force: true }, { timeoutMs: 120_000 });
  done = true;
  await load;
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  assert.deepEqual(deployment.services.map((service) => service.action), ['roll_out']);
  assert.deepEqual([...failures.slice(0, 5), ...failures.slice(-3)], [], `${failures.length} of ${connections} failed`);
  assert.ok(connections > 100, `${connections}`);
});
