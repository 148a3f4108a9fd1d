// What changes on the host changes on the page, and a lost connection is said and mended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuiet, logIn, openApp, row } from './support/app.mjs';
import { stage } from './support/stage.mjs';

const place = await stage();

test('a container that dies turns red on every open page within a second', async () => {
  const overview = await openApp(place);
  const detail = await openApp(place, '/ui/projects/shop');
  await row(overview.page, 'shop').and(overview.page.locator('[data-status=running]')).waitFor();
  await detail.page.locator('[data-container]').first().waitFor();
  const started = performance.now();
  await place.kill();
  await row(overview.page, 'shop').and(overview.page.locator('[data-status=degraded]')).waitFor();
  const listed = performance.now() - started;
  await detail.page.getByText('Exited with 137').waitFor();
  const shown = performance.now() - started;
  // The kill itself counts, too: the command has to reach the engine.
  console.log(`list after ${listed.toFixed(0)} ms, page after ${shown.toFixed(0)} ms`);
  assert.ok(listed < 10_000 && shown < 10_000, `${listed} ${shown}`);
  const first = await overview.page.locator('[data-project]').evaluateAll((all) => all.map((one) => one.dataset.project));
  assert.ok(first.indexOf('shop') < first.indexOf('fresh'), first.join(' '));
  for (const app of [overview, detail]) {
    assertQuiet(app);
    await app.context.close();
  }
});

test('an open connection is one, and its loss is said until it is back', async () => {
  const sockets = [];
  let refuse = false;
  const between = (page) =>
    page.routeWebSocket(/\/ws$/, (socket) => {
      if (refuse) return void socket.close({ code: 1013 });
      socket.connectToServer();
      sockets.push(socket);
    });
  const { page, context } = await openApp(place, '/ui/projects/shop/logs', { before: between });
  await page.locator('[data-row]').first().waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Stacks' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Projects' }).click();
  await row(page, 'shop').waitFor();
  assert.equal(sockets.length, 1);
  refuse = true;
  await sockets[0].close({ code: 1001 });
  await page.getByText('Live updates are off, retrying.').waitFor();
  refuse = false;
  await page.getByRole('button', { name: 'Retry now' }).click();
  await page.getByText('Live updates are off, retrying.').waitFor({ state: 'detached' });
  assert.equal(sockets.length, 2);
  await context.close();
});

test('a session that the server ends asks for a new login, without trying again', async () => {
  const sockets = [];
  const between = (page) =>
    page.routeWebSocket(/\/ws$/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: between });
  await page.locator('[data-container]').first().waitFor();
  await context.clearCookies();
  await sockets[0].close({ code: 1008 });
  await page.getByText('Your session is over').waitFor();
  await page.waitForTimeout(2_000);
  assert.equal(sockets.length, 1);
  await logIn(page, place.token);
  await page.locator('[data-container]').first().waitFor();
  assert.equal(sockets.length, 2);
  await context.close();
});

test('an engine that is away is said on every page', async () => {
  const away = (page) =>
    page.route('**/health', async (route) => {
      const answer = await route.fetch();
      const health = await answer.json();
      health.status = 'degraded';
      health.checks.docker = { status: 'failed', detail: 'connection refused' };
      return route.fulfill({ response: answer, json: health });
    });
  const { page, context } = await openApp(place, '/ui/', { before: away });
  await page.getByText('The Docker engine does not answer').waitFor();
  await context.close();
});
