// Where the browser tests play: the real daemon on the tests' engine, or, without an engine
// (`node --test tests/browser`), the web app's own mock of it. Both have the same projects:
// shop (web twice with a health check, ticker that logs), hostile, fresh (never deployed), typo.
import { after } from 'node:test';
import { spawn } from 'node:child_process';
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
    fetch(`${base}/mock/${what}`, { method: 'POST', body: JSON.stringify(data) });
  return {
    base,
    token: 'mock-token',
    kill: () => control('kill', { project: 'shop' }),
    failNext: () => control('fail', { project: 'shop' }),
  };
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
      .project('fresh', { compose: { services: { web: web() } }, ingress: { enabled: true } })
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
    kill: () => engine.docker('kill', 'shop-web-1'),
    failNext: () => root.project('shop', { compose: shop({ HEALTHY: 'never' }) }),
  };
}
