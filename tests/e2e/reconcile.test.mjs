// A push to the configuration's repository reaches the host: what changed is deployed, nothing else, and no
// trigger is lost.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { git, Remote } from '../support/git.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

let api;
let daemon;
let root;
let projects;
let secrets;

const compose = (env = {}, more = {}) => ({ services: { web: web({ env, ...more }) } });
const over = ['succeeded', 'failed', 'interrupted'];

before(async () => {
  ({ api, daemon, root } = await scene(async (r) => {
    r.project('shop', { compose: compose({ VERSION: '1' }), ingress: { enabled: true } });
    r.project('blog', { compose: compose({ VERSION: '1' }), ingress: { enabled: true } });
    r.write('secrets/shop.txt', 'GREETING=hello\n', 0o600);
    projects = await Remote.for(r, 'projects');
    secrets = await Remote.for(r, 'secrets');
  }));
});
after(() => {
  projects.remove();
  secrets.remove();
});

async function trigger() {
  const answer = await api.post('/reconcile');
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  assert.equal(answer.headers.get('location'), `/reconcile/runs/${answer.body.id}`);
  return answer.body;
}

function finished(id, timeoutMs = 120_000) {
  return until(
    `run ${id} to be over`,
    async () => {
      const run = await api.get(`/reconcile/runs/${id}`);
      return over.includes(run.state) && run;
    },
    { timeoutMs, everyMs: 100 },
  );
}

const reconcile = async () => finished((await trigger()).id);
const names = (run) => run.targets.map((target) => target.name);
const repository = async (name) => (await api.get('/reconcile')).repositories.find((one) => one.name === name);

test('before the first run nothing is applied, and the page can say what is wanted', async () => {
  await until('a look at the repositories', async () => (await repository('projects')).is_repository);
  const status = await api.get('/reconcile');
  assert.equal(status.drift, true);
  const seen = await repository('projects');
  assert.equal(seen.running, '');
  assert.equal(seen.wanted, await projects.head());
  assert.equal(seen.branch, 'main');
  assert.equal(seen.commit.subject, 'First');
  assert.equal(status.last, null);
});

test('the first run deploys everything, and then there is no drift', async () => {
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.deepEqual(names(run), ['blog', 'shop']);
  assert.equal(run.actor, 'admin');
  assert.equal(run.cause, 'api');
  const deployment = await api.get(`/deployments/${run.targets[0].deployment_id}`);
  assert.equal(deployment.state, 'succeeded');
  assert.equal(deployment.cause, 'reconcile');
  const status = await api.get('/reconcile');
  assert.equal(status.drift, false, JSON.stringify(status));
  assert.equal((await repository('projects')).running, await projects.head());
  assert.equal(status.last.id, run.id);
});

test('a push deploys the project that it changed, and only that', async () => {
  const revision = await projects.push('Shop 2', { 'shop/docker-compose.yml': compose({ VERSION: '2' }) });
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.deepEqual(names(run), ['shop']);
  const change = run.repositories.find((one) => one.name === 'projects');
  assert.equal(change.after, revision);
  assert.equal(change.subject, 'Shop 2');
  assert.equal((await repository('projects')).running, revision);
});

test('a push to secrets deploys their project', async () => {
  await secrets.push('New greeting', { 'shop.txt': 'GREETING=good morning\n' });
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.deepEqual(names(run), ['shop']);
});

test('nothing new is nothing to do', async () => {
  const run = await reconcile();
  assert.equal(run.state, 'succeeded');
  assert.deepEqual(run.targets, []);
});

test('providers come before their consumers, also one whose own files did not change', async () => {
  await projects.push('Ask the shop', {
    'blog/itsup-project.yml': { enabled: true, egress: ['shop:web'] },
  });
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.deepEqual(names(run), ['shop', 'blog']);
});

test('a project that is broken is told, keeps nobody else back, and comes when it is mended', async () => {
  await projects.push('Break the blog', {
    'blog/docker-compose.yml': 'services: [\n',
    'shop/docker-compose.yml': compose({ VERSION: '3' }),
  });
  const failed = await reconcile();
  assert.equal(failed.state, 'failed');
  assert.match(failed.error, /blog/);
  const states = Object.fromEntries(failed.targets.map((target) => [target.name, target.state]));
  assert.equal(states.blog, 'failed');
  assert.equal(states.shop, 'succeeded', JSON.stringify(failed));
  assert.deepEqual((await api.get('/reconcile')).pending, ['blog']);
  await projects.push('Mend the blog', { 'blog/docker-compose.yml': compose({ VERSION: '3' }) });
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.deepEqual((await api.get('/reconcile')).pending, []);
});

test('a conflict names the file, changes nothing, and a trigger that comes meanwhile is not lost', async () => {
  await projects.push('Theirs', { 'shop/notes.txt': 'theirs\n' });
  writeFileSync(root.path('projects/shop/notes.txt'), 'ours\n');
  await git(projects.here, 'add', '-A');
  await git(projects.here, 'commit', '--quiet', '-m', 'Ours');
  const ours = await projects.head();
  const failed = await reconcile();
  assert.equal(failed.state, 'failed');
  assert.match(failed.error, /shop\/notes\.txt/);
  assert.equal(await projects.head(), ours);
  assert.match((await repository('projects')).error, /notes\.txt/);
  await git(projects.here, 'reset', '--quiet', '--hard', 'HEAD~1');
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.equal((await repository('projects')).error, '');
});

test('many triggers at once share few runs, and what came last is applied', async () => {
  const revision = await projects.push('Blog 4', { 'blog/docker-compose.yml': compose({ VERSION: '4' }) });
  const ids = new Set((await Promise.all(Array.from({ length: 20 }, trigger))).map((run) => run.id));
  assert.ok(ids.size <= 2, `${ids.size} runs`);
  for (const id of ids) assert.equal((await finished(id)).state, 'succeeded');
  assert.equal((await repository('projects')).running, revision);
});

test('a project that went away is told and left alone', async () => {
  await projects.push('Add guest', { 'guest/docker-compose.yml': compose(), 'guest/itsup-project.yml': { enabled: true } });
  assert.deepEqual(names(await reconcile()), ['guest']);
  await projects.push('Remove guest', { 'guest/docker-compose.yml': null, 'guest/itsup-project.yml': null });
  const run = await reconcile();
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.deepEqual(run.targets.map((target) => [target.name, target.state]), [['guest', 'skipped']]);
});

test('a daemon that dies in the middle goes on after its restart', async () => {
  const revision = await projects.push('Slow', {
    'blog/docker-compose.yml': compose({ VERSION: '5' }),
    'shop/docker-compose.yml': compose({ VERSION: '5', START_MS: '3000' }),
  });
  const { id } = await trigger();
  await until('a deployment of it', async () => (await api.get(`/reconcile/runs/${id}`)).targets.length > 0, { everyMs: 20 });
  await daemon.crash();
  await daemon.start();
  await daemon.ready();
  assert.equal((await finished(id)).state, 'interrupted');
  const next = await until('the next run', async () => {
    const { items } = await api.get('/reconcile/runs?limit=1');
    return items[0].id !== id && over.includes(items[0].state) && items[0];
  }, { timeoutMs: 120_000 });
  assert.equal(next.state, 'succeeded', JSON.stringify(next));
  assert.equal(next.actor, 'admin');
  assert.equal((await repository('projects')).running, revision);
  assert.deepEqual((await api.get('/reconcile')).pending, []);
  for (const name of ['blog', 'shop']) {
    const { items } = await api.get(`/projects/${name}/deployments?limit=3`);
    assert.ok(!items.some((one) => one.request_id.startsWith('resumes-')), `${name}: the run alone goes on with it`);
  }
});

test('the history is paged, newest first', async () => {
  const first = await api.get('/reconcile/runs?limit=3');
  assert.equal(first.items.length, 3);
  const second = await api.get(`/reconcile/runs?limit=3&cursor=${first.next_cursor}`);
  assert.ok(first.items[2].id > second.items[0].id);
  assert.equal((await api.request('GET', '/reconcile/runs/00000000-0000-7000-8000-000000000000')).status, 404);
});

test('each is in the audit record, and watchers of the events hear of it', async () => {
  const events = api.stream('/events');
  await events.started;
  const { id } = await trigger();
  const heard = await events.find('the end of the run', (record) => record.event === 'reconcile' && record.json.reconcile.last?.id === id, { timeoutMs: 30_000 });
  assert.equal(heard.json.reconcile.last.state, 'succeeded');
  events.close();
  assert.ok(existsSync(root.path('data/itsup.db')));
});

test('a schedule needs nobody who asks', async () => {
  let remote;
  const other = await scene(
    async (r) => {
      r.project('clock', { compose: compose(), ingress: { enabled: true } });
      remote = await Remote.for(r, 'projects');
    },
    { env: { ITSUP_RECONCILE_MINUTES: '0.05' } },
  );
  const run = await until('a run', async () => (await other.api.get('/reconcile')).last, { timeoutMs: 60_000 });
  assert.equal(run.state, 'succeeded', JSON.stringify(run));
  assert.equal(run.actor, 'itsup');
  assert.equal(run.cause, 'reconcile');
  assert.deepEqual(names(run), ['clock']);
  await other.daemon.stop();
  remote.remove();
});
