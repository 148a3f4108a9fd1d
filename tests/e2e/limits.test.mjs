// The limits that every client meets, as they are by default, and the figures for Prometheus.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { run } from '../support/process.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

let api;
let daemon;
let roomy;

before(async () => {
  ({ api, daemon } = await scene((root) => root.project('shop', { ingress: { enabled: true } }), { engine: null, env: { ITSUP_RATE_LIMIT: '10' } }));
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
});
