// A deployment as it is seen: the plan before, the record during, the link after.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuiet, openApp } from './support/app.mjs';
import { stage } from './support/stage.mjs';
import { drawn } from '../support/browser.mjs';
import { until } from '../support/wait.mjs';

const place = await stage();

/** Each restart waits in `held` until it is let go, and is refused then. */
function refusedRestarts() {
  const held = [];
  const slow = (page) =>
    page.route('**/projects/*/restart', async (route) => {
      await new Promise((release) => held.push(release));
      return route.fulfill({ status: 503, contentType: 'application/problem+json', json: { title: 'Docker is away', status: 503 } });
    });
  return { held, slow };
}

test('Deploy shows each step as it happens, tells the result, and leaves a link', async () => {
  const app = await openApp(place, '/ui/projects/shop');
  const { page, context } = app;
  await page.locator('[data-plan-summary]').waitFor();
  await page.getByLabel('Even if nothing changed').check();
  const started = performance.now();
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  await page.locator('[data-step]').first().waitFor();
  console.log(`first step after ${(performance.now() - started).toFixed(0)} ms`);
  await page.locator('[data-project-status=deploying]').waitFor();
  await page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
  await page.getByRole('status').filter({ hasText: 'deploy of shop: Succeeded' }).waitFor({ state: 'attached' });
  await page.locator('[data-project-status=running]').waitFor();
  const steps = await page.locator('[data-step]').count();
  assert.ok(steps >= 3, `${steps} steps`);
  await page.getByRole('link', { name: 'Link to this record' }).click();
  await page.waitForURL(/\/ui\/deployments\//);
  await page.locator('.transcript[data-state=succeeded]').waitFor();
  assert.equal(await page.locator('[data-step]').count(), steps);
  await page.reload();
  await page.locator('.transcript[data-state=succeeded]').waitFor();
  assert.equal(await page.locator('[data-step]').count(), steps);
  assertQuiet(app);
  await context.close();
});

test('a deployment that somebody else starts appears on the open page', async () => {
  const app = await openApp(place, '/ui/projects/shop');
  const other = await openApp(place, '/ui/projects/shop');
  await app.page.getByRole('heading', { name: 'Services' }).waitFor();
  await other.page.getByRole('button', { name: 'Restart', exact: true }).click();
  await app.page.locator('.transcript').waitFor();
  await app.page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
  await app.context.close();
  await other.context.close();
});

test('Stop asks first, and the cancelled question changes nothing', async () => {
  const app = await openApp(place, '/ui/projects/shop');
  const { page, context } = app;
  await page.locator('[data-project-status=running]').waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Stop shop?' });
  await dialog.getByText('answers nothing').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('[data-project-status=running]').waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await dialog.getByRole('button', { name: 'Stop shop' }).click();
  await page.locator('[data-project-status=stopped]').waitFor({ timeout: 90_000 });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('[data-project-status=running]').waitFor({ timeout: 90_000 });
  assertQuiet(app);
  await context.close();
});

test('a refusal is shown with its reason and its request', async () => {
  const busy = (page) =>
    page.route('**/projects/shop/deploy', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        headers: { 'X-Request-Id': 'r-42' },
        json: { title: 'Docker is away', status: 503, detail: 'connection refused', errors: [{ pointer: '/services/0', detail: 'no such service' }] },
      }),
    );
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: busy });
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('Docker is away: connection refused').waitFor();
  for (const text of ['r-42', '/services/0', 'no such service']) await alert.getByText(text).first().waitFor();
  await context.close();
});

test('a stop from the palette that is refused is told in its question, and can be tried again', async () => {
  let refuse = true;
  const away = (page) =>
    page.route('**/projects/shop/stop', (route) => {
      const json = { title: 'Docker is away', status: 503, detail: 'connection refused' };
      return refuse ? route.fulfill({ status: 503, contentType: 'application/problem+json', json }) : route.continue();
    });
  const { page, context } = await openApp(place, '/ui/', { before: away });
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Stop shop');
  await page.getByRole('option', { name: /^Stop shop/ }).waitFor();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Stop shop?' });
  await dialog.getByRole('button', { name: 'Stop shop' }).click();
  await dialog.getByRole('alert').getByText('Docker is away: connection refused').waitFor();
  refuse = false;
  await dialog.getByRole('button', { name: 'Stop shop' }).click();
  await page.waitForURL(/\/ui\/deployments\//);
  await page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  await page.goto(`${place.base}/ui/projects/shop`);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.locator('[data-project-status=running]').waitFor({ timeout: 90_000 });
  await context.close();
});

test('a question whose yes is under way stays through every Escape, and tells a refusal', async () => {
  let release;
  const held = (page) =>
    page.route('**/projects/shop/stop', async (route) => {
      await new Promise((done) => (release = done));
      return route.fulfill({ status: 503, contentType: 'application/problem+json', json: { title: 'Docker is away', status: 503 } });
    });
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: held });
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await stop.focus();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Stop shop');
  await page.getByRole('option', { name: /^Stop shop/ }).waitFor();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Stop shop?' });
  await dialog.getByRole('button', { name: 'Stop shop' }).click();
  await until('the order', () => release);
  // One after the other: whatever the test asks the page in between counts as a person's doing, and
  // only without that does the browser close a dialog against the page's will.
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Escape');
  await drawn(page);
  assert.ok(await dialog.isVisible(), 'the question is still there');
  await page.keyboard.press('Control+k');
  assert.equal(await page.getByRole('combobox').count(), 0, 'nothing opens over a question');
  release();
  await dialog.getByRole('alert').getByText('Docker is away').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await stop.evaluate((one) => one === document.activeElement), 'the focus is where it was');
  await page.keyboard.press('Enter');
  await dialog.getByText('answers nothing').waitFor();
  await context.close();
});

test('an order without an answer is not said to be undone, and asked for again it is the same one', async () => {
  const keys = [];
  const ways = ['abort', 'hold'];
  const lost = (page) =>
    page.route('**/projects/shop/restart', (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      const way = ways.shift();
      if (way === undefined) return route.continue();
      return way === 'abort' ? route.abort('connectionreset') : undefined;
    });
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: lost });
  const restart = page.getByRole('button', { name: 'Restart', exact: true });
  await restart.waitFor();
  await page.clock.install();
  for (const title of ['The server cannot be reached', 'The server did not answer in time']) {
    await restart.click();
    if (/in time/.test(title)) {
      await until('the second order', () => keys[1]);
      await page.clock.fastForward(20_000);
    }
    const alert = page.getByRole('alert').filter({ hasText: title });
    await alert.getByText('It is not known whether the restart was started').waitFor();
    await alert.getByText('It may have been done all the same').waitFor();
  }
  await restart.click();
  await page.locator('.transcript').waitFor();
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1, keys.join(' '));
  await page.clock.resume();
  await page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
  await context.close();
});

test('a record whose stream is refused says so, and goes on as soon as there is one', async () => {
  let refuse = true;
  const away = async (page) => {
    await page.routeWebSocket(/\/ws$/, (socket) => socket.close({ code: 1013 }));
    await page.route('**/deployments/*/events', (route) => (refuse ? route.fulfill({ status: 502, body: 'Bad Gateway' }) : route.continue()));
  };
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: away });
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  const said = page.locator('.transcript').getByText('This record may be out of date');
  await said.waitFor();
  refuse = false;
  await said.waitFor({ state: 'detached' });
  await page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
  assert.ok(await page.locator('[data-step]').count() > 0);
  await context.close();
});

test('what is asked for twice in a row is asked for once', async () => {
  const { held, slow } = refusedRestarts();
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: slow });
  const restart = page.getByRole('button', { name: 'Restart web' });
  await restart.focus();
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Enter');
  const starting = page.getByRole('button', { name: 'Starting… web', disabled: true });
  await starting.waitFor();
  await page.getByRole('status').getByText('restart of web: starting…').waitFor({ state: 'attached' });
  assert.ok(await starting.evaluate((one) => one === document.activeElement), 'the focus stays');
  (await until('the order', () => held[0]))();
  await page.getByText('The restart was not started').waitFor();
  assert.ok(await restart.evaluate((one) => one === document.activeElement), 'the focus is still there');
  assert.equal(held.length, 1);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('Restart shop');
  await page.getByRole('option', { name: /^Restart shop/ }).waitFor();
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Enter');
  (await until('the order of the palette', () => held[1]))();
  await page.getByText('The action was not started').waitFor();
  assert.equal(held.length, 2);
  await context.close();
});

test('the palette stays for the answer to what it started, and starts it once', async () => {
  const { held, slow } = refusedRestarts();
  const { page, context } = await openApp(place, '/ui/', { before: slow });
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await page.keyboard.type('shop');
  const option = palette.getByRole('option', { name: /^Restart shop/ });
  await option.click();
  await until('the order', () => held[0]);
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await palette.getByRole('option', { name: /^Deploy shop/ }).hover();
  await drawn(page);
  assert.match(await option.innerText(), /starting…/);
  assert.equal(await palette.getByRole('option').filter({ hasText: 'starting…' }).count(), 1);
  await palette.getByRole('status').getByText('Restart shop: starting…').waitFor({ state: 'attached' });
  held[0]();
  await palette.getByRole('alert').getByText('Docker is away').waitFor();
  assert.equal(held.length, 1);
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).pathname, '/ui/');
  await context.close();
});

test('a deployment is cancelled once, however often it is asked for, and the button says so', async () => {
  const held = [];
  const slow = (page) =>
    page.route('**/deployments/*/cancel', async (route) => {
      await new Promise((release) => held.push(release));
      return route.continue();
    });
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: slow });
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
  await cancel.focus();
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press('Enter');
  const cancelling = page.getByRole('button', { name: 'Cancelling…', disabled: true });
  assert.ok(await cancelling.evaluate((one) => one === document.activeElement), 'the focus stays');
  (await until('the order', () => held[0]))();
  await page.locator('.transcript[data-state=cancelled]').waitFor({ timeout: 90_000 });
  await cancelling.waitFor({ state: 'detached' });
  assert.equal(held.length, 1);
  await page.locator('[data-project-status=running]').waitFor({ timeout: 90_000 });
  await context.close();
});

test('a version that never becomes healthy fails with the words of its health check', async () => {
  await place.failNext();
  const app = await openApp(place, '/ui/projects/shop');
  const { page, context } = app;
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  await page.locator('.transcript[data-state=failed]').waitFor({ timeout: 150_000 });
  await page.getByRole('region', { name: 'What the health check said' }).waitFor();
  await page.getByRole('region', { name: 'Last lines of the container' }).waitFor();
  assertQuiet(app);
  await context.close();
});
