// The page of the repositories: the revision that runs, the one that is wanted, drift, and the button.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { Remote } from '../support/git.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { assertQuiet, openApp } from './support/app.mjs';

let remote;
const compose = (version) => ({ services: { web: web({ env: { VERSION: version } }) } });
const { api, root } = await scene(async (r) => {
  r.project('shop', { compose: compose('1'), ingress: { enabled: true } });
  remote = await Remote.for(r, 'projects');
});
after(() => remote.remove());
const place = { base: api.base, token: root.token };

test('from drift to in step, live, by one press', async () => {
  const app = await openApp(place, '/ui/reconcile');
  const { page, context } = app;
  const main = page.locator('#main');
  const repository = page.locator('[data-repository="projects"]');
  await main.getByText('Drift', { exact: true }).waitFor();
  const revision = await remote.head();
  await repository.locator('[data-wanted]', { hasText: revision.slice(0, 8) }).waitFor();
  assert.match(await repository.locator('[data-running]').innerText(), /nothing yet/);
  await page.getByRole('button', { name: 'Reconcile now' }).click();
  await main.getByText('In step', { exact: true }).waitFor({ timeout: 60_000 });
  await repository.locator('[data-running]', { hasText: revision.slice(0, 8) }).waitFor();
  await page.locator('[data-run][data-state="succeeded"]').getByRole('link', { name: 'shop' }).waitFor();
  assertQuiet(app);
  await context.close();
});

test('a push that somebody else reconciles shows without a reload, hostile message and all', async () => {
  const app = await openApp(place, '/ui/reconcile');
  const { page, context } = app;
  await page.locator('[data-run]').first().waitFor();
  const revision = await remote.push('<img src=x onerror=alert(1)> Two', { 'shop/docker-compose.yml': compose('2') });
  await api.post('/reconcile');
  const run = page.locator('[data-run]').filter({ hasText: revision.slice(0, 8) });
  await run.filter({ hasText: 'Succeeded' }).waitFor({ timeout: 60_000 });
  await run.getByText('<img src=x onerror=alert(1)> Two').waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id }) => id), []);
  assertQuiet(app);
  await context.close();
});

test('files that are not committed are named', async () => {
  root.project('shop', { ingress: { enabled: true, ingress: [{ service: 'web', domain: 'mine.example.org', port: 8080 }] } });
  const app = await openApp(place, '/ui/reconcile');
  const { page, context } = app;
  await page.getByText('1 file is not committed').click();
  await page.getByText('shop/itsup-project.yml').waitFor();
  assertQuiet(app);
  await context.close();
});
