// Deploying under load through a real Traefik, by the proxy stack that the daemon itself generated.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { Load } from '../support/load.mjs';
import { prepareProxy, served } from '../support/proxy.mjs';
import { makeProxyImages } from '../support/proxy_images.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { Engine } from '../support/engine.mjs';
import { sleep, until } from '../support/wait.mjs';

const domain = 'shop.test';
const url = 'https://127.0.0.1:8443/';
const headers = { Host: domain };
const shop = (version, env = {}) => ({ services: { web: web({ replicas: 2, env: { VERSION: String(version), ...env } }) } });
let api;
let root;
let engine;

before(async () => {
  engine = Engine.shared();
  await makeProxyImages(engine);
  ({ api, root } = await scene(
    async (r) => {
      r.project('shop', { compose: shop(1), ingress: { enabled: true, ingress: [{ service: 'web', domain, port: 8080 }] } });
      await prepareProxy(r, [domain, 'traefik.test']);
    },
    { proxynet: false },
  ));
  for (const path of ['/stacks/dns/up', '/stacks/proxy/up', '/projects/shop/deploy']) {
    const deployment = await api.job(path, {}, { timeoutMs: 120_000 });
    assert.equal(deployment.state, 'succeeded', `${path}: ${JSON.stringify(deployment.error)}`);
  }
  await served(domain);
});

const loads = () => ({
  'keep-alive': new Load({ url, headers, rate: 200 }).start(),
  'new connections': new Load({ url, headers, rate: 60, keepAlive: false }).start(),
  'slow requests': new Load({ url: `${url}slow?ms=4000`, headers, rate: 2, timeoutMs: 15_000 }).start(),
});

async function stop(t, running) {
  const results = {};
  for (const [name, load] of Object.entries(running)) {
    results[name] = await load.stop();
    const { sent, failed, repeated, reasons, bodies, p50, p99, max } = results[name];
    t.diagnostic(`${name}: ${failed} of ${sent} failed ${JSON.stringify(reasons)}, ${repeated} repeated, p50 ${p50} p99 ${p99} max ${max} ms, ${JSON.stringify(bodies)}`);
  }
  return results;
}

const total = (results, what) => Object.values(results).reduce((sum, result) => sum + result[what], 0);

test('three deploys under load: not one failed request of 10,000', async (t) => {
  const running = loads();
  await sleep(2_000);
  for (const version of [2, 3, 4]) {
    root.project('shop', { compose: shop(version) });
    const startedAt = performance.now();
    const deployment = await api.deploy('shop', {}, { timeoutMs: 180_000 });
    assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
    assert.deepEqual(deployment.services.map((service) => service.action), ['roll_out']);
    t.diagnostic(`deploy of version ${version}: ${Math.round(performance.now() - startedAt)} ms`);
    await sleep(1_500);
  }
  await until('10,000 requests', () => running['keep-alive'].sent + running['new connections'].sent >= 10_000, { timeoutMs: 120_000 });
  const results = await stop(t, running);
  assert.equal(total(results, 'failed'), 0);
  assert.ok(results['keep-alive'].bodies['version 4'] > 0);
});

test('a version that never becomes healthy: nothing fails and the old one goes on', async (t) => {
  const running = loads();
  await sleep(1_000);
  root.project('shop', { compose: shop(5, { HEALTHY: 'never' }) });
  const deployment = await api.deploy('shop', {}, { timeoutMs: 180_000 });
  assert.equal(deployment.state, 'failed');
  await sleep(1_000);
  const results = await stop(t, running);
  assert.equal(total(results, 'failed'), 0);
  assert.deepEqual(Object.keys(results['keep-alive'].bodies), ['version 4']);
  assert.equal((await engine.containers('shop')).length, 2);
});

test('the same load over a plain compose up does fail: it can see an outage', async (t) => {
  root.project('shop', { compose: shop(4) });
  const file = root.path('upstream/shop/docker-compose.yml');
  const text = readFileSync(file, 'utf8');
  const running = loads();
  await sleep(1_000);
  writeFileSync(file, text.replace(/VERSION: .*/, "VERSION: '6'").replace(/HEALTHY: .*/, 'HEALTHY: always'));
  await engine.docker('compose', '--project-directory', root.path('upstream/shop'), '-p', 'shop', '-f', file, 'up', '-d', '--wait');
  await sleep(3_000);
  const results = await stop(t, running);
  assert.ok(total(results, 'failed') > 0, 'the load was too thin to see it');
});
