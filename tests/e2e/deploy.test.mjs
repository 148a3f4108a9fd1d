// Deploy on a real engine: the transcript, the plan, the queue, and what happens when it goes wrong.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { before, test } from 'node:test';
import { makeDemoImage } from '../support/images.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const ingress = { enabled: true, ingress: [{ service: 'web', domain: 'shop.test', port: 8080 }] };
const shop = (options = {}) => ({ services: { web: web({ replicas: 2, ...options }) } });
const daemonCanary = 'of-the-daemon-only-7c1';
let api;
let root;
let engine;

before(async () => {
  ({ api, root, engine } = await scene((r) =>
    r
      .project('shop', { compose: shop(), ingress })
      .project('plain', { compose: { services: { a: web(), b: web() } }, ingress: { enabled: true } })
      .project('nopull', { compose: { services: { a: { image: 'itsup-there-is-no-such-image:1' } } }, ingress: { enabled: true } }),
    { env: { SOPS_AGE_KEY: daemonCanary, GIT_TOKEN: daemonCanary, API_ADMIN_TOKEN: daemonCanary } },
  ));
});

const running = async (project) => (await engine.containers(project)).filter((container) => container.State.Running);

test('a project that was never deployed says so, and the plan is to create', async () => {
  assert.equal((await api.project('shop')).status, 'not_deployed');
  const plan = await api.get('/projects/shop/plan');
  assert.deepEqual(plan.services.map((service) => [service.name, service.action]), [['web', 'create']]);
  assert.ok(plan.services[0].reasons.length > 0);
});

test('deploy answers 202 with a Location, and its events arrive live and end with the deployment', async () => {
  const answer = await api.post('/projects/shop/deploy', {});
  assert.equal(answer.status, 202);
  const location = answer.headers.get('location');
  assert.equal(location, `/deployments/${answer.body.id}`);
  const stream = api.stream(`${location}/events`);
  await stream.started;
  assert.equal(stream.status, 200);
  const events = await stream.end({ timeoutMs: 60_000 });
  const ids = events.filter((event) => event.id).map((event) => Number(event.id));
  assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b), 'ids grow');
  assert.ok(events.some((event) => event.event === 'step'));
  assert.equal(events.at(-1).event, 'end');
  assert.equal(events.at(-1).json.state, 'succeeded', JSON.stringify(events.at(-1).json.error));
  assert.equal((await running('shop')).length, 2);
});

test('then it runs: list, detail and stack agree with the engine', async () => {
  await until('running', async () => (await api.project('shop')).status === 'running');
  const { items } = await api.get('/projects');
  const listed = items.find((project) => project.name === 'shop');
  assert.deepEqual(listed.services, { total: 1, running: 1, healthy: 1 });
  assert.equal(listed.last_deployment.state, 'succeeded');
  assert.deepEqual(listed.domains, ['shop.test']);
  const stack = await api.get('/stacks/shop/status');
  const ids = stack.services.flatMap((service) => service.containers.map((container) => container.id)).sort();
  const real = (await running('shop')).map((container) => container.Id).sort();
  assert.equal(ids.length, 2);
  for (const [index, id] of ids.entries()) assert.ok(real[index].startsWith(id));
});

test('a second deploy with nothing changed touches no container', async () => {
  const before = (await running('shop')).map((container) => container.Id).sort();
  const deployment = await api.deploy('shop');
  assert.equal(deployment.state, 'succeeded');
  assert.deepEqual(deployment.services.map((service) => service.action), ['unchanged']);
  assert.deepEqual((await running('shop')).map((container) => container.Id).sort(), before);
});

test('a dry run says what a deploy would do, and does and records nothing', async () => {
  const containers = (await running('shop')).map((container) => container.Id).sort();
  const generated = () => readFileSync(root.path('upstream/shop/docker-compose.yml'), 'utf8');
  const history = async () => (await api.get('/deployments?limit=100')).items.map((item) => item.id);
  const [file, recorded] = [generated(), await history()];
  root.project('shop', { compose: shop({ env: { VERSION: 'dry' } }) });
  const planned = await until('the change to be seen', async () => {
    const { status, headers, body } = await api.post('/projects/shop/deploy', { dry_run: true });
    assert.equal(status, 202);
    assert.equal(headers.get('location'), null);
    return body.services[0].action === 'roll_out' && body;
  });
  assert.equal(planned.state, 'succeeded');
  assert.deepEqual(planned.services, [{ name: 'web', action: 'roll_out', state: 'skipped' }]);
  assert.equal((await api.request('GET', `/deployments/${planned.id}`)).status, 404);
  assert.deepEqual(await history(), recorded);
  assert.equal(generated(), file);
  assert.deepEqual((await running('shop')).map((container) => container.Id).sort(), containers);
  root.project('shop', { compose: shop() });
  await until('the change to be gone', async () => (await api.get('/projects/shop/plan')).services[0].action === 'unchanged');
});

test('a changed environment is planned as a roll-out with its reason, and replaces both replicas', async () => {
  const before = (await running('shop')).map((container) => container.Id);
  root.project('shop', { compose: shop({ env: { VERSION: '2' } }) });
  const plan = await until('the plan to see it', async () => {
    const seen = await api.get('/projects/shop/plan');
    return seen.services[0].action === 'roll_out' && seen;
  });
  assert.ok(plan.services[0].reasons.some((reason) => /config/.test(JSON.stringify(reason))));
  const deployment = await api.deploy('shop');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  const now = (await running('shop')).map((container) => container.Id);
  assert.equal(now.length, 2);
  assert.ok(now.every((id) => !before.includes(id)));
});

test('a moved image tag is a reason to roll out', async () => {
  await makeDemoImage(engine, { tag: 'moving:1', version: 'a' });
  root.project('shop', { compose: shop({ image: 'moving:1' }) });
  assert.equal((await api.deploy('shop')).state, 'succeeded');
  await makeDemoImage(engine, { tag: 'moving:1', version: 'b' });
  const plan = await api.get('/projects/shop/plan');
  assert.equal(plan.services[0].action, 'roll_out');
  assert.equal((await api.deploy('shop')).state, 'succeeded');
  const image = JSON.parse(await engine.docker('image', 'inspect', 'moving:1'))[0].Id;
  for (const container of await running('shop')) assert.equal(container.Image, image);
});

test('what the image keeps in a volume that nobody names survives a deploy', async () => {
  await makeDemoImage(engine, { tag: 'keeps:1', changes: ['VOLUME /data'] });
  const keeps = (env) => ({ compose: { services: { db: web({ image: 'keeps:1', env }) } }, ingress: { enabled: true } });
  root.project('keeps', keeps({ VERSION: '1' }));
  await until('it to be listed', async () => (await api.request('GET', '/projects/keeps')).status === 200);
  assert.equal((await api.deploy('keeps')).state, 'succeeded');
  const [first] = await running('keeps');
  await engine.docker('exec', first.Id, '/bin/sh', '-c', 'echo precious > /data/rows');
  root.project('keeps', keeps({ VERSION: '2' }));
  const plan = await until('the plan to see it', async () => {
    const seen = await api.get('/projects/keeps/plan');
    return seen.services[0].action !== 'unchanged' && seen;
  });
  assert.equal(plan.services[0].action, 'recreate');
  assert.match(plan.services[0].risks.join(), /the image keeps data in the volume \/data/);
  const deployment = await api.deploy('keeps');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  const [second] = await running('keeps');
  assert.notEqual(second.Id, first.Id);
  assert.equal((await engine.docker('exec', second.Id, '/bin/busybox', 'cat', '/data/rows')).trim(), 'precious');
});

test('a version that never becomes healthy is removed, the old one stays, and the record says why', async () => {
  const before = (await running('shop')).map((container) => container.Id).sort();
  root.project('shop', { compose: shop({ image: 'moving:1', env: { HEALTHY: 'never' } }) });
  const deployment = await api.deploy('shop', {}, { timeoutMs: 180_000 });
  assert.equal(deployment.state, 'failed');
  assert.equal(deployment.error.service, 'web');
  assert.match(JSON.stringify(deployment.error.health), /not healthy/);
  assert.ok(deployment.error.last_lines.some((line) => /listens on/.test(JSON.stringify(line))));
  assert.deepEqual((await engine.containers('shop')).map((container) => container.Id).sort(), before);
  root.project('shop', { compose: shop({ image: 'moving:1' }) });
});

test('an image that cannot be pulled fails the deployment with the reason', async () => {
  const deployment = await api.deploy('nopull');
  assert.equal(deployment.state, 'failed');
  assert.match(JSON.stringify(deployment.error), /itsup-there-is-no-such-image|pull/);
});

test('two deploys of one project run one after the other, of two projects side by side', async () => {
  const [first, second] = await Promise.all([api.post('/projects/plain/deploy', {}), api.post('/projects/plain/deploy', { force: true })]);
  assert.equal(first.status, 202);
  const states = [await api.finished(first.headers.get('location'))];
  if (second.status === 202) {
    states.push(await api.finished(second.headers.get('location')));
    const [a, b] = states.sort((x, y) => x.started_at.localeCompare(y.started_at));
    assert.ok(b.started_at >= a.finished_at, `${b.started_at} starts before ${a.finished_at}`);
  } else {
    assert.equal(second.status, 409);
  }
  for (const deployment of states) assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
});

test('an Idempotency-Key starts one deployment however often it is sent', async () => {
  const headers = { 'Idempotency-Key': 'once-and-for-all-1' };
  const answers = [];
  for (let n = 0; n < 3; n += 1) answers.push(await api.post('/projects/plain/deploy', {}, { headers }));
  assert.equal(new Set(answers.map((answer) => answer.headers.get('location'))).size, 1);
  await api.finished(answers[0].headers.get('location'));
});

test('an Idempotency-Key sent twice at once starts one deployment, and stands for one order only', async () => {
  const headers = { 'Idempotency-Key': 'at-the-same-time-1' };
  const before = new Set((await api.get('/deployments?limit=100')).items.map((item) => item.id));
  const answers = await Promise.all(Array.from({ length: 6 }, () => api.post('/projects/plain/deploy', { pull: false }, { headers })));
  for (const answer of answers) assert.equal(answer.status, 202, JSON.stringify(answer.body));
  assert.equal(new Set(answers.map((answer) => answer.headers.get('location'))).size, 1);
  const made = (await api.get('/deployments?limit=100')).items.filter((item) => !before.has(item.id));
  assert.equal(made.length, 1);
  const other = await api.post('/projects/plain/deploy', { pull: false, force: true }, { headers });
  assert.equal(other.status, 422);
  assert.match(JSON.stringify(other.body), /another order/);
  await api.finished(answers[0].headers.get('location'));
});

test('what cannot be read any more can be stopped, started and taken down all the same', async () => {
  root.project('sealed', { compose: { services: { a: web(), b: web() } }, ingress: { enabled: true } });
  await until('it to be listed', async () => (await api.request('GET', '/projects/sealed')).status === 200);
  assert.equal((await api.deploy('sealed')).state, 'succeeded');
  root.write('secrets/sealed.enc.txt', 'no sops file\n', 0o600);
  const stopped = await api.job('/projects/sealed/stop', { services: ['a'] });
  assert.equal(stopped.state, 'succeeded', JSON.stringify(stopped.error));
  assert.ok(stopped.steps.some((step) => step.name === 'secrets'), 'it was not readable');
  assert.equal((await running('sealed')).length, 1, 'only the one that was named');
  assert.equal((await api.job('/projects/sealed/start')).state, 'succeeded');
  assert.equal((await running('sealed')).length, 2);
  rmSync(root.path('secrets/sealed.enc.txt'));
  root.write('upstream/sealed/docker-compose.yml', 'services: [\n');
  const restarted = await api.job('/projects/sealed/restart');
  assert.equal(restarted.state, 'succeeded', JSON.stringify(restarted.error));
  assert.ok(restarted.steps.some((step) => step.name === 'read what is there'), 'compose did not take it');
  assert.equal((await running('sealed')).length, 2);
  const down = await api.job('/stacks/sealed/down');
  assert.equal(down.state, 'succeeded', JSON.stringify(down.error));
  assert.equal((await engine.containers('sealed')).length, 0);
});

test('a consumer is deployed without its provider, and told so', async () => {
  root.project('provider', { compose: { services: { db: web() } }, ingress: { enabled: true } });
  root.project('consumer', { compose: { services: { app: web() } }, ingress: { enabled: true, egress: ['provider:db'] } });
  await until('it to be listed', async () => (await api.request('GET', '/projects/consumer')).status === 200);
  const told = async () => {
    const deployment = await api.deploy('consumer');
    assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
    const stream = api.stream(`/deployments/${deployment.id}/events`);
    return JSON.stringify(await stream.end({ timeoutMs: 30_000 }));
  };
  const planned = async () => (await api.get('/projects/consumer/plan')).warnings.join();
  assert.match(await planned(), /nothing of provider runs/);
  assert.match(await told(), /nothing of provider runs/);
  assert.equal((await api.deploy('provider')).state, 'succeeded');
  assert.doesNotMatch(await planned(), /nothing of provider runs/);
  assert.doesNotMatch(await told(), /nothing of provider runs/);
});

test('stop, start and restart are jobs like any other', async () => {
  assert.equal((await api.job('/projects/plain/stop')).state, 'succeeded');
  assert.equal((await running('plain')).length, 0);
  await until('stopped', async () => (await api.project('plain')).status === 'stopped');
  assert.equal((await api.job('/projects/plain/start')).state, 'succeeded');
  assert.equal((await running('plain')).length, 2);
  const started = (await running('plain')).map((container) => container.State.StartedAt).sort();
  assert.equal((await api.job('/projects/plain/restart')).state, 'succeeded');
  assert.notDeepEqual((await running('plain')).map((container) => container.State.StartedAt).sort(), started);
});

test('history lists every deployment, newest first, and survives as a record', async () => {
  const { items } = await api.get('/deployments?limit=100');
  assert.ok(items.length >= 9, `${items.length}`);
  const times = items.map((item) => item.created_at);
  assert.deepEqual(times, [...times].sort().reverse());
  const one = await api.get(`/deployments/${items[0].id}`);
  assert.ok(one.steps.length > 0);
});

test('the environment of the daemon never reaches compose, the secrets of the project do', async () => {
  root.project('env', {
    compose: { services: { a: web({ env: { FROM_SECRET: '${FROM_SECRET:-absent}', AGE: '${SOPS_AGE_KEY:-absent}', GIT: '${GIT_TOKEN:-absent}', TOKEN: '${API_ADMIN_TOKEN:-absent}' } }) } },
    ingress: { enabled: true },
  });
  root.write('secrets/env.txt', 'FROM_SECRET=s3cret-value-of-project\n', 0o600);
  await until('it to be listed', async () => (await api.request('GET', '/projects/env')).status === 200);
  const deployment = await api.deploy('env');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  const [container] = await running('env');
  assert.ok(container.Config.Env.includes('FROM_SECRET=s3cret-value-of-project'));
  for (const name of ['AGE', 'GIT', 'TOKEN']) assert.ok(container.Config.Env.includes(`${name}=absent`), name);
  assert.ok(!JSON.stringify(container).includes(daemonCanary));
  assert.doesNotMatch(JSON.stringify(await api.get(`/deployments/${deployment.id}`)), /s3cret-value-of-project/);
});

test('a file that Compose refuses is named by validate and plan, and never takes the place of the good one', async () => {
  root.project('typo', { compose: { services: { web: web() } }, ingress: { enabled: true } });
  await api.deploy('typo');
  const deployed = readFileSync(root.path('upstream/typo/docker-compose.yml'), 'utf8');
  root.write('projects/typo/docker-compose.yml', 'services:\n  web:\n    image: demo:1\n    prots: []\n');
  const report = await api.get('/projects/typo/validate');
  assert.equal(report.valid, false);
  assert.deepEqual(report.problems.map(({ file, line, path }) => [file, line, path]), [['projects/typo/docker-compose.yml', 4, 'services.web.prots']]);
  const plan = await api.request('GET', '/projects/typo/plan');
  assert.equal(plan.status, 409);
  assert.match(plan.body.detail, /prots/);
  const failed = await api.deploy('typo');
  assert.equal(failed.error.step, 'validate');
  assert.match(failed.error.message, /docker-compose\.yml:4: services\.web\.prots: Compose refuses it/);
  assert.equal(readFileSync(root.path('upstream/typo/docker-compose.yml'), 'utf8'), deployed);
  assert.equal((await running('typo')).length, 1);
});
