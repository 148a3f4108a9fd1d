// The limits that every client meets, as they are by default, and the figures for Prometheus.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { end, run, start } from '../support/process.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

let api;
let daemon;
let roomy;
const metricsToken = 'scrape-'.repeat(6);

before(async () => {
  ({ api, daemon } = await scene((root) => {
    root.project('shop', { ingress: { enabled: true } });
    root.write('secrets/itsup.txt', `API_ADMIN_TOKEN=${root.token}\nMETRICS_TOKEN=${metricsToken}\n`, 0o600);
  }, { engine: null, env: { ITSUP_RATE_LIMIT: '10' } }));
  // The limit of streams by itself.
  ({ api: roomy } = await scene(() => {}, { engine: null, env: { ITSUP_RATE_LIMIT: '5000' } }));
});

/** Asks at once, more often than the limit allows. */
async function flood(headers) {
  const answers = await Promise.all(Array.from({ length: 400 }, () => fetch(`${api.base}/projects`, { headers })));
  const limited = answers.filter((answer) => answer.status === 429);
  assert.ok(limited.length > 0, `${limited.length} of 400 were refused`);
  assert.ok(Number(limited[0].headers.get('retry-after')) >= 1);
  const body = await limited[0].json();
  assert.equal(body.status, 429);
  return answers;
}

test('guessing a token is limited, too, and does not fill the log', async () => {
  const from = daemon.output().length;
  const answers = await flood({ Authorization: 'Bearer not-this-one' });
  const refused = daemon.output().slice(from).split('\n').filter((line) => line.includes('the token is not known'));
  const admitted = answers.filter((answer) => answer.status === 401);
  assert.ok(admitted.length > 0);
  assert.ok(refused.length <= admitted.length, `${refused.length} lines for ${admitted.length} that were not limited`);
  // Whoever has a token does not pay for it.
  assert.equal((await api.request('GET', '/projects')).status, 200);
});

test('too many requests with a right token are refused for a moment, and then taken again', async () => {
  await flood(api.headers());
  await until('the bucket to fill', async () => (await api.request('GET', '/projects')).status === 200);
});

test('one principal has 64 streams; the next is refused until one of them ends', async () => {
  const streams = [];
  for (let n = 0; n < 64; n += 1) {
    const stream = roomy.stream('/events');
    await stream.started;
    assert.equal(stream.status, 200, `stream ${n}`);
    streams.push(stream);
  }
  const status = async () => {
    const answer = await fetch(`${roomy.base}/events`, { headers: roomy.headers({ Accept: 'text/event-stream' }) });
    await answer.body.cancel();
    return answer.status;
  };
  assert.equal(await status(), 429);
  streams.pop().close();
  await until('room for another', async () => (await status()) === 200);
  for (const stream of streams) stream.close();
});

test('a WebSocket and each of its subscriptions is one of them', async () => {
  await until('the streams of before to be gone', async () => /^itsup_streams 0$/m.test((await roomy.request('GET', '/metrics')).body));
  const sockets = [await roomy.websocket('/ws').opened, await roomy.websocket('/ws').opened];
  const frames = (socket) => socket.messages.map(({ text }) => JSON.parse(text));
  const subscribe = (socket, id) => socket.send(JSON.stringify({ op: 'subscribe', id, channel: 'events' }));
  for (let n = 0; n < 62; n += 1) subscribe(sockets[n % 2], `s${n}`);
  await until('all snapshots', () => sockets.every((socket) => frames(socket).filter((frame) => frame.event === 'snapshot').length === 31));
  subscribe(sockets[0], 'more');
  const refused = await until('the refusal', () => frames(sockets[0]).find((frame) => frame.id === 'more'));
  assert.deepEqual([refused.event, refused.data.status], ['error', 429]);
  await assert.rejects(roomy.websocket('/ws').opened, /status 429/);
  sockets[1].close();
  await until('room for another', () => {
    subscribe(sockets[0], 'more');
    return frames(sockets[0]).some((frame) => frame.id === 'more' && frame.event === 'snapshot');
  });
  sockets[0].close();
});

test('the metrics are what promtool takes, count what happened, and need a credential', async () => {
  assert.equal((await fetch(`${api.base}/metrics`)).status, 401);
  const { headers, body } = await until('room in the bucket', async () => {
    const answer = await api.request('GET', '/metrics');
    return answer.status === 200 && answer;
  });
  assert.match(headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const checked = await run('promtool', ['check', 'metrics'], { env: { PATH: process.env.PATH }, input: body, allowFailure: true });
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  assert.match(body, /^itsup_http_requests_total\{[^}]*status="429"[^}]*\} [1-9]/m);
  assert.match(body, /^itsup_projects 1$/m);
  assert.match(body, /^itsup_http_connections_refused_total 0$/m);
});

test('the metrics token reads the metrics and nothing else', async () => {
  const status = async (path, options = {}) =>
    (await api.anyone().request(options.method ?? 'GET', path, { ...options, headers: { Authorization: `Bearer ${metricsToken}` } })).status;
  assert.equal(await status('/metrics'), 200);
  for (const path of ['/projects', '/projects/shop', '/projects/shop/logs', '/stacks', '/deployments', '/reconcile', '/auth/me', '/ws']) {
    assert.equal(await status(path), 403, path);
  }
  assert.equal(await status('/projects/shop/deploy', { method: 'POST' }), 403);
  assert.equal(await status(`/update-upstream/shop?apikey=${metricsToken}`), 403);
  assert.equal((await api.anyone().post('/auth/login', { token: metricsToken })).status, 401);
});

test('Prometheus itself scrapes with it', async (t) => {
  const file = daemon.root.path('prometheus.yml');
  writeFileSync(daemon.root.path('scrape-token'), metricsToken, { mode: 0o600 });
  const target = api.base.replace('http://', '');
  writeFileSync(file, [
    'global: {scrape_interval: 1s, scrape_timeout: 1s}',
    'scrape_configs:',
    '  - job_name: itsup',
    `    authorization: {credentials_file: ${daemon.root.path('scrape-token')}}`,
    `    static_configs: [{targets: ['${target}']}]`,
  ].join('\n'));
  const address = '127.0.0.1:19090';
  const prometheus = start('prometheus', [
    `--config.file=${file}`, `--storage.tsdb.path=${daemon.root.path('prometheus')}`, `--web.listen-address=${address}`,
  ], { logFile: daemon.root.path('prometheus.log') });
  t.after(() => end(prometheus.pid));
  const found = await until('a sample', async () => {
    const answer = await fetch(`http://${address}/api/v1/query?query=itsup_projects`);
    return (await answer.json()).data.result[0];
  }, { timeoutMs: 60_000, everyMs: 500 });
  assert.equal(found.value[1], '1');
  assert.equal(found.metric.job, 'itsup');
});
