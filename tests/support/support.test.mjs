// The tests' own tools: if these lie, every other test does.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Engine } from './engine.mjs';
import { Load } from './load.mjs';
import { until, sleep } from './wait.mjs';

const engine = Engine.shared();
after(() => engine.sweep());

async function serverThat(answer) {
  const server = http.createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

test('the engine runs an image made on the spot, with its health check and a published port', async () => {
  await engine.docker('network', 'create', '--subnet', '172.20.0.0/16', 'proxynet');
  const id = await engine.docker('run', '-d', '--network', 'proxynet', '-p', '127.0.0.1:8099:8080', '-m', '64m', 'demo:1');
  await until('it to be healthy', async () => (await engine.docker('inspect', '-f', '{{.State.Health.Status}}', id)) === 'healthy');
  const answer = await fetch('http://127.0.0.1:8099/');
  assert.match(await answer.text(), /^version 1 on /);
});

test('the engine can be killed and comes back with what it had', async () => {
  await engine.kill();
  assert.equal(await engine.answers(), false);
  await engine.start();
  assert.match(await engine.docker('ps', '-a', '--format', '{{.Image}}'), /demo:1/);
});

for (const keepAlive of [true, false]) {
  test(`the load generator counts every failure, ${keepAlive ? 'keep-alive' : 'new connections'}`, async () => {
    let n = 0;
    const connections = new Set();
    const { server, url } = await serverThat((request, response) => {
      connections.add(request.socket);
      n += 1;
      if (n % 10 === 0) response.writeHead(502);
      response.end('version 1 on here');
    });
    const load = new Load({ url, rate: 300, keepAlive }).start();
    await sleep(2_000);
    const result = await load.stop();
    server.close();
    server.closeAllConnections();
    assert.ok(result.sent >= 500, `sent ${result.sent}`);
    assert.equal(result.sent, result.good + result.failed);
    assert.equal(result.failed, Math.floor(n / 10));
    assert.deepEqual(result.reasons, { 'status 502': result.failed });
    assert.ok(keepAlive ? connections.size < n / 2 : connections.size === n, `${connections.size} connections for ${n}`);
  });
}

test('the load generator counts refused connections and stalls', async () => {
  const { server, url } = await serverThat(() => {});
  const stalled = new Load({ url, rate: 50, timeoutMs: 300 }).start();
  await sleep(500);
  const late = await stalled.stop();
  assert.equal(late.failed, late.sent);
  assert.deepEqual(Object.keys(late.reasons), ['timeout']);
  server.close();
  server.closeAllConnections();
  const refused = new Load({ url, rate: 50, keepAlive: false }).start();
  await sleep(300);
  const none = await refused.stop();
  assert.equal(none.failed, none.sent);
  assert.deepEqual(Object.keys(none.reasons), ['ECONNREFUSED']);
});
