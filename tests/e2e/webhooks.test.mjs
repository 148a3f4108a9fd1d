// Webhooks: authentic ones start a reconcile or one project's deployment, once; all others start nothing.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { Remote } from '../support/git.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

// GitHub's own examples, collected from real deliveries.
const examples = createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json');
const secret = 'whsec-0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const giteaSecret = 'gitea-0f1e2d3c4b5a69788796a5b4c3d2e1f0';

let api;
let daemon;
let root;
let projects;

before(async () => {
  ({ api, daemon, root } = await scene(async (r) => {
    r.project('shop', { compose: { services: { web: web(), worker: web() } }, ingress: { enabled: true } });
    r.write('secrets/itsup.txt', `API_KEY=${r.token}\nWEBHOOK_SECRET=${secret}\nWEBHOOK_SECRET_GITEA=${giteaSecret}\nLETSENCRYPT_EMAIL=a@b.test\nTRAEFIK_ADMIN=a:b\n`, 0o600);
    projects = await Remote.for(r, 'projects');
  }));
  await until('a look at the repositories', async () => (await api.get('/reconcile')).repositories[0].is_repository);
});
after(() => projects.remove());

const hmac = (key, text) => createHmac('sha256', key).update(text).digest('hex');

async function send(path, body, headers = {}) {
  const response = await fetch(api.base + path, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
}

function github(event, payload, { query = '', id = randomUUID(), key = secret, headers = {} } = {}) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return send(`/webhooks/github${query}`, body, {
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': id,
    'X-Hub-Signature-256': `sha256=${hmac(key, body)}`,
    ...headers,
  });
}

const push = (branch = 'main') => ({ ref: `refs/heads/${branch}`, after: randomUUID(), repository: { default_branch: 'main' } });
const runs = async () => (await api.get('/reconcile/runs')).items;

async function finished(location) {
  return until(`${location} to be over`, async () => {
    const one = await api.get(location);
    return ['succeeded', 'failed', 'cancelled', 'interrupted'].includes(one.state) && one;
  }, { timeoutMs: 120_000, everyMs: 100 });
}

describe('what is not authentic starts nothing', () => {
  const body = JSON.stringify(push());
  const attempts = {
    'github without a signature': ['github', {}],
    'github with another secret': ['github', { 'X-Hub-Signature-256': `sha256=${hmac('other', body)}` }],
    'github with a signature of another body': ['github', { 'X-Hub-Signature-256': `sha256=${hmac(secret, `${body} `)}` }],
    'github with the admin token': ['github', () => ({ Authorization: `Bearer ${root.token}` })],
    'gitlab with a wrong token': ['gitlab', { 'X-Gitlab-Token': `${secret}x` }],
    'gitea with the secret of the others': ['gitea', { 'X-Gitea-Signature': hmac(secret, body) }],
    'generic signed long ago': ['generic', { 'X-Itsup-Signature': `t=1000000000,v1=${hmac(secret, `1000000000.${body}`)}` }],
    'generic with nothing': ['generic', {}],
  };
  for (const [what, [provider, headers]] of Object.entries(attempts)) {
    test(what, async () => {
      const answer = await send(`/webhooks/${provider}`, body, typeof headers === 'function' ? headers() : headers);
      assert.equal(answer.status, 401, JSON.stringify(answer.body));
      assert.deepEqual(await runs(), []);
    });
  }

  test('a provider that is none', async () => assert.equal((await send('/webhooks/bitbucket', body)).status, 404));

  test('a body over the limit', async () => assert.equal((await github('push', JSON.stringify({ pad: 'x'.repeat(2 << 20) }))).status, 413));

  test('an authentic body that is no JSON', async () => assert.equal((await github('push', '{')).status, 400));
});

test('every example that GitHub gives is answered for what it is', async () => {
  let count = 0;
  for (const { name, examples: payloads } of examples) {
    for (const payload of payloads) {
      const answer = await github(name, payload);
      assert.equal(answer.status, 202, `${name}: ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.result, name === 'ping' ? 'pong' : 'ignored', `${name}: ${JSON.stringify(answer.body)}`);
      count += 1;
    }
  }
  assert.ok(count >= 300, `${count} examples`);
  // Pushes were among them: to tags, and to a branch that is not the one checked out here.
  assert.deepEqual(await runs(), []);
});

test('an example of a push to the branch that counts reconciles', async () => {
  const payload = examples.find((one) => one.name === 'push').examples.find((one) => one.ref === 'refs/heads/master');
  const answer = await github('push', payload, { query: '?branch=master' });
  assert.equal(answer.body.result, 'reconcile', JSON.stringify(answer.body));
  assert.equal((await finished(answer.body.location)).state, 'succeeded');
});

test('a push reaches the host', async () => {
  const revision = await projects.push('Two', {
    'shop/docker-compose.yml': { services: { web: web({ env: { VERSION: '2' } }), worker: web() } },
  });
  const answer = await github('push', push());
  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get('location'), answer.body.location);
  const run = await finished(answer.body.location);
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.equal(run.cause, 'webhook');
  assert.equal(run.actor, 'webhook:github');
  assert.equal(run.repositories[0].after, revision);
  assert.equal((await api.get(`/deployments/${run.targets[0].deployment_id}`)).cause, 'webhook');
});

test('a form, as GitHub sends it by default', async () => {
  const form = new URLSearchParams({ payload: JSON.stringify(push()) }).toString();
  const answer = await github('push', form, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
  assert.equal(answer.body.result, 'reconcile', JSON.stringify(answer.body));
  await finished(answer.body.location);
});

test('other branches, tags and removed branches are ignored, with the reason', async () => {
  for (const [payload, why] of [
    [push('feature'), /feature.*main/],
    [{ ref: 'refs/tags/v1', after: 'a' }, /refs\/tags\/v1/],
    [{ ...push(), after: '0'.repeat(40) }, /removed/],
  ]) {
    const { status, body } = await github('push', payload);
    assert.equal(status, 202);
    assert.equal(body.result, 'ignored');
    assert.match(body.message, why);
    assert.equal(body.location, null);
  }
});

test('the same delivery again does nothing, also under another id and after a restart', async () => {
  const payload = push();
  const id = randomUUID();
  const first = await github('push', payload, { id });
  assert.equal(first.body.result, 'reconcile');
  await finished(first.body.location);
  const before = (await runs()).length;
  for (const again of [{ id }, {}]) {
    const { status, body } = await github('push', payload, again);
    assert.equal(status, 202);
    assert.equal(body.result, 'duplicate');
    assert.equal(body.location, first.body.location);
  }
  await daemon.stop();
  await daemon.start();
  await daemon.ready();
  await until('the repositories', async () => (await api.get('/reconcile')).repositories[0].is_repository);
  assert.equal((await github('push', payload, { id })).body.result, 'duplicate');
  assert.equal((await runs()).length, before);
});

describe('one project', () => {
  test('is deployed, or one service of it', async () => {
    for (const [query, services] of [['?project=shop', ['web', 'worker']], ['?project=shop&service=web', ['web']]]) {
      const answer = await github('push', push(), { query });
      assert.equal(answer.body.result, 'deployment', JSON.stringify(answer.body));
      const deployment = await finished(answer.body.location);
      assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
      assert.equal(deployment.cause, 'webhook');
      assert.equal(deployment.actor, 'webhook:github');
      assert.deepEqual(deployment.services.map((one) => one.name), services);
    }
  });

  test('that is unknown is 404, and a service too; neither counts as taken', async () => {
    const id = randomUUID();
    const payload = push();
    assert.equal((await github('push', payload, { id, query: '?project=nothere' })).status, 404);
    assert.equal((await github('push', payload, { id, query: '?project=shop&service=nothere' })).status, 404);
    assert.equal((await github('push', payload, { id, query: '?project=shop' })).body.result, 'deployment');
  });
});

describe('the other providers', () => {
  const started = async (answer, result = 'reconcile') => {
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    assert.equal(answer.body.result, result, JSON.stringify(answer.body));
    return finished(answer.body.location);
  };
  const gitlabPush = JSON.stringify({ object_kind: 'push', ref: 'refs/heads/main', after: 'b', project: { default_branch: 'main' } });

  test('gitlab, by token', async () => {
    const headers = { 'X-Gitlab-Token': secret, 'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Event-UUID': randomUUID() };
    assert.equal((await started(await send('/webhooks/gitlab', gitlabPush, headers))).actor, 'webhook:gitlab');
    assert.equal((await send('/webhooks/gitlab', gitlabPush, headers)).body.result, 'duplicate');
    const other = { ...headers, 'X-Gitlab-Event': 'Tag Push Hook', 'X-Gitlab-Event-UUID': randomUUID() };
    assert.equal((await send('/webhooks/gitlab', gitlabPush, other)).body.result, 'ignored');
  });

  test('gitea, with a secret of its own', async () => {
    const body = JSON.stringify(push());
    const headers = { 'X-Gitea-Event': 'push', 'X-Gitea-Delivery': randomUUID(), 'X-Gitea-Signature': hmac(giteaSecret, body) };
    await started(await send('/webhooks/gitea', body, headers));
  });

  test('generic, signed with the time', async () => {
    const body = JSON.stringify({ project: 'shop', service: 'worker' });
    const seconds = Math.floor(Date.now() / 1000);
    const headers = { 'X-Itsup-Signature': `t=${seconds},v1=${hmac(secret, `${seconds}.${body}`)}` };
    const deployment = await started(await send('/webhooks/generic', body, headers), 'deployment');
    assert.deepEqual(deployment.services.map((one) => one.name), ['worker']);
    assert.equal((await send('/webhooks/generic', body, headers)).body.result, 'duplicate', 'a replay');
  });

  test('generic, by token and without a body', async () => {
    const headers = { 'X-Itsup-Token': secret };
    await started(await send('/webhooks/generic', '', headers));
    await started(await send('/webhooks/generic', '', headers));
  });
});

describe('GET /update-upstream, as callers of the older itsUP have it', () => {
  const get = (path, headers = {}) => fetch(api.base + path, { headers, signal: AbortSignal.timeout(15_000) });

  test('with the key in the address: 200, and where to look', async () => {
    const answer = await get(`/update-upstream/shop?apikey=${root.token}`);
    assert.equal(answer.status, 200);
    const deployment = await finished(answer.headers.get('location'));
    assert.equal(deployment.state, 'succeeded');
    assert.deepEqual(deployment.services.map((one) => one.name), ['web', 'worker']);
  });

  test('the service is honoured', async () => {
    const answer = await get('/update-upstream/shop/worker', { 'X-API-KEY': root.token });
    assert.equal(answer.status, 200);
    const deployment = await finished(answer.headers.get('location'));
    assert.deepEqual(deployment.services.map((one) => one.name), ['worker']);
  });

  test('itsUP is everything', async () => {
    const answer = await get(`/update-upstream/itsUP?apikey=${root.token}`);
    assert.equal(answer.status, 200);
    const run = await finished(answer.headers.get('location'));
    assert.equal(run.everything, true);
    assert.equal(run.state, 'succeeded', JSON.stringify(run));
    assert.deepEqual(run.targets.map((one) => one.name), ['shop']);
  });

  test('which key counts', async () => {
    const right = { 'X-API-KEY': root.token };
    const status = async (query, headers) => (await get(`/update-upstream/shop${query}`, headers)).status;
    assert.equal(await status('', {}), 401);
    assert.equal(await status('?apikey=wrong', right), 401, 'a wrong one in the address is not saved by a right field');
    assert.equal(await status('?apikey=', right), 200, 'an empty one is none');
    assert.equal(await status(`?apikey=wrong&apikey=${root.token}`), 200, 'the last one');
    assert.equal(await status('', { Authorization: `bearer ${root.token}` }), 200);
  });

  test('what is unknown is 404, and other methods are 405', async () => {
    assert.equal((await get(`/update-upstream/nothere?apikey=${root.token}`)).status, 404);
    assert.equal((await get(`/update-upstream/shop/nothere?apikey=${root.token}`)).status, 404);
    for (const method of ['HEAD', 'POST']) {
      const answer = await fetch(`${api.base}/update-upstream/shop?apikey=${root.token}`, { method, headers: { 'X-API-KEY': root.token } });
      assert.equal(answer.status, 405, method);
      assert.match(answer.headers.get('allow'), /^GET, OPTIONS$/);
    }
  });

  test('a session is no key', async () => {
    const login = await api.post('/auth/login', { token: root.token }, { headers: { Origin: api.base } });
    const Cookie = login.headers.get('set-cookie').split(';')[0];
    assert.equal((await get('/update-upstream/shop', { Cookie })).status, 401);
  });

  test('neither key nor secret stands in a log or in the database', async () => {
    const files = ['logs', 'data'].flatMap((folder) => readdirSync(root.path(folder)).map((name) => root.path(folder, name)));
    for (const file of [...files, daemon.logFile]) {
      const bytes = readFileSync(file);
      for (const value of [root.token, secret, giteaSecret]) assert.ok(!bytes.includes(value), `${file} holds a secret`);
    }
  });
});

test('a setting switches the key in the address off', async () => {
  const other = await scene(() => {}, { engine: null, env: { ITSUP_QUERY_KEY: '0' } });
  const status = async (query, headers) => (await fetch(`${other.api.base}/update-upstream/itsUP${query}`, { headers })).status;
  assert.equal(await status(`?apikey=${other.root.token}`, {}), 401);
  assert.equal(await status('', { 'X-API-KEY': other.root.token }), 200);
});
