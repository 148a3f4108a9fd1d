// Where the browser tests play: the real daemon on the tests' engine, or, without an engine
// (`node --test tests/browser`), the web app's own mock of it. Both have the same projects:
// shop (web twice with a health check, ticker that logs), hostile, typo, and fresh: never deployed,
// with a key that nobody knows and egress to what does not run.
import { after } from 'node:test';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostileLines } from '../../../web/dev/hostile.mjs';

const repo = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const real = process.env.ITSUP_TEST_ENGINE !== undefined;

/** To be called at a file's top level: what it starts then lives until the file's last test. */
export function stage() {
  return real ? realStage() : mockStage();
}

async function mockStage() {
  const child = spawn(process.execPath, [join(repo, 'web/dev/mock.mjs'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MOCK_PACE: '40' },
  });
  after(() => child.kill());
  const base = await new Promise((done, fail) => {
    child.stdout.on('data', (text) => {
      const found = /http:\/\/[\d.:]+/.exec(String(text));
      if (found) done(found[0]);
    });
    child.on('exit', (code) => fail(new Error(`the mock ended with ${code}`)));
  });
  const control = (what, data) =>
    fetch(`${base}/mock/${what}`, { method: 'POST', body: JSON.stringify({ project: 'shop', ...data }) });
  return {
    base,
    token: 'mock-token',
    kill: (container) => control('kill', { container }),
    stop: (container) => control('stop', { container }),
    rm: (container) => control('rm', { container }),
    failNext: () => control('fail'),
  };
}

/** Asks the engine itself: to start docker's program for it would be most of what is measured. */
async function ask(engine, method, path) {
  const status = await new Promise((done, fail) => {
    const asked = request({ socketPath: engine.socket, method, path }, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode));
    });
    asked.on('error', fail).end();
  });
  if (status !== 204) throw new Error(`${method} ${path}: ${status}`);
}

async function realStage() {
  const { scene } = await import('../../support/scene.mjs');
  const { chatter, web } = await import('../../support/root.mjs');
  const text = Buffer.from(`${hostileLines.join('\n')}\n`).toString('base64');
  const printer = {
    image: 'demo:1',
    pull_policy: 'never',
    command: ['/bin/sh', '-c', 'echo "$$TEXT" | busybox base64 -d; busybox tail -f /dev/null'],
    environment: { TEXT: text },
    healthcheck: { disable: true },
    stop_grace_period: '1s',
  };
  const shop = (env = {}) => ({
    services: { web: web({ replicas: 2, env }), ticker: chatter({ intervalMs: 100, stop_grace_period: '1s' }) },
  });
  const ingress = { enabled: true, ingress: [{ service: 'web', domain: 'shop.example.org', port: 8080 }] };
  const { root, daemon, engine, api } = await scene((r) =>
    r
      .project('shop', { compose: shop(), ingress })
      .project('hostile', { compose: { services: { web: printer } }, ingress: { enabled: true } })
      .project('cache', { compose: { services: { db: web() } }, ingress: { enabled: true } })
      .project('fresh', { compose: { services: { web: web() } }, ingress: { enabled: true, ingres: [], egress: ['cache:db'] } })
      .project('typo', { raw: { 'docker-compose.yml': 'services:\n  web:\n    image: [\n' }, ingress: { enabled: true } }),
  );
  for (const name of ['shop', 'hostile']) {
    const deployment = await api.deploy(name);
    if (deployment.state !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(deployment.error)}`);
  }
  return {
    base: api.base,
    token: root.token,
    daemon,
    engine,
    kill: (container) => ask(engine, 'POST', `/containers/${container}/kill`),
    stop: (container) => ask(engine, 'POST', `/containers/${container}/stop?t=1`),
    rm: (container) => ask(engine, 'DELETE', `/containers/${container}?force=true`),
    failNext: () => root.project('shop', { compose: shop({ HEALTHY: 'never' }) }),
  };
}
