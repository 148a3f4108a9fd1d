// Pull: the images come from their registry, and nothing that runs is touched.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { makeDemoImage } from '../support/images.mjs';
import { startRegistry } from '../support/registry.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

let api;
let engine;
let registry;
let root;
let newer;

before(async () => {
  ({ api, engine, root } = await scene((r) =>
    r.project('broken', { compose: { services: { web: { image: '127.0.0.1:1/nobody/is-there:1' } } }, ingress: { enabled: true } }),
  ));
  await makeDemoImage(engine, { tag: 'newer:1', version: 'newer' });
  newer = await imageId('newer:1');
  registry = await startRegistry(engine, 'newer:1');
  await makeDemoImage(engine, { tag: registry.name, version: 'older' });
  await engine.docker('rmi', 'newer:1');
  root.project('shop', {
    compose: { services: { web: { image: registry.name }, db: web() } },
    ingress: { enabled: true },
  });
  const deployment = await api.deploy('shop', { pull: false });
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
});
after(() => registry.stop());

const imageId = async (name) => JSON.parse(await engine.docker('image', 'inspect', name))[0].Id;
const running = async () => (await engine.containers('shop')).map(({ Id, Image, State }) => [Id, Image, State.StartedAt]).sort();

test('pull brings the image and leaves the containers; the plan rolls them out, a deploy does', async () => {
  const before = await running();
  assert.notEqual(await imageId(registry.name), newer);
  assert.equal(registry.pulls.length, 0, 'a deploy without pull asks no registry');
  const answer = await api.post('/projects/shop/pull', {});
  assert.equal(answer.status, 202);
  assert.equal(answer.body.action, 'pull');
  const deployment = await api.finished(answer.headers.get('location'));
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  assert.ok(registry.pulls.length > 0);
  assert.equal(await imageId(registry.name), newer);
  assert.deepEqual(await running(), before);
  const actions = (await api.get('/projects/shop/plan')).services.map((service) => [service.name, service.action]);
  assert.deepEqual(Object.fromEntries(actions), { web: 'roll_out', db: 'unchanged' });
  assert.equal((await api.deploy('shop', { pull: false })).state, 'succeeded');
  assert.ok((await running()).some(([, image]) => image === newer));
});

test('of the services that are asked for only', async () => {
  const asked = registry.pulls.length;
  assert.equal((await api.job('/projects/shop/pull', { services: ['db'] })).state, 'succeeded');
  assert.equal(registry.pulls.length, asked);
  assert.equal((await api.job('/projects/shop/pull', { services: ['web'] })).state, 'succeeded');
  assert.ok(registry.pulls.length > asked);
});

test('what the file wants now, also when it was never deployed', async () => {
  root.project('fresh', { compose: { services: { web: { image: registry.name } } }, ingress: { enabled: true } });
  await until('it to be read', async () => (await api.request('GET', '/projects/fresh')).status === 200);
  const asked = registry.pulls.length;
  const deployment = await api.job('/projects/fresh/pull');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
  assert.ok(registry.pulls.length > asked);
  assert.equal(existsSync(root.path('upstream/fresh')), false, 'nothing is written');
});

test('an image that nobody gives fails it with the reason, and a service that is none is refused', async () => {
  const deployment = await api.job('/projects/broken/pull');
  assert.equal(deployment.state, 'failed');
  assert.match(JSON.stringify(deployment.error), /127\.0\.0\.1:1\b/);
  const refused = await api.post('/projects/shop/pull', { services: ['nothere'] });
  assert.ok([404, 422].includes(refused.status), `${refused.status}`);
  assert.match(JSON.stringify(refused.body), /nothere/);
});
