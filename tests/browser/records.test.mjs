// Records of deployments: those that never ended, lists that grow, and where the focus is meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawn } from '../support/browser.mjs';
import { openApp } from './support/app.mjs';
import { stage } from './support/stage.mjs';
import { until } from '../support/wait.mjs';

const place = await stage();

const idOf = (number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

/** A record as the daemon would give it, begun a minute ago. */
function record(number, changes = {}) {
  return {
    id: idOf(number), project: 'shop', action: 'restart', state: 'succeeded', actor: 'admin', cause: 'api', request_id: '',
    created_at: ago(60), started_at: ago(60), finished_at: ago(50), services: [], error: null, steps: [], ...changes,
  };
}

const unfinished = [{ seq: 1, name: 'pull', service: 'web', state: 'running', started_at: ago(60), finished_at: null }];

/** Answers for one deployment, over HTTP alone. */
const only = (one) => async (page) => {
  await page.route(`**/deployments/${one.id}`, (route) =>
    route.request().resourceType() === 'document' ? route.continue() : route.fulfill({ json: one }),
  );
  await page.route('**/projects/shop/deployments?*', (route) => route.fulfill({ json: { items: [one], next_cursor: null } }));
};

test('a deployment that is being cancelled still shows its time', async () => {
  const one = record(1, { state: 'cancelling', finished_at: null, steps: unfinished });
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: only(one) });
  const live = page.getByRole('region', { name: 'Restart' });
  await live.getByText('Cancelling', { exact: true }).waitFor();
  await live.getByRole('button', { name: 'Cancelling…', disabled: true }).waitFor();
  await live.locator('[data-step=pull]').getByText(/^\s*1 min/).waitFor();
  assert.doesNotMatch(await live.innerText(), /\b0 ms/);
  await context.close();
});

test('a step that nobody saw the end of shows no time', async () => {
  const one = record(2, { state: 'interrupted', steps: unfinished });
  const { page, context } = await openApp(place, `/ui/deployments/${one.id}`, { before: only(one) });
  const step = page.locator('[data-step=pull]');
  await step.getByText('Not finished').waitFor();
  assert.equal((await step.locator('.time').innerText()).trim(), '–');
  await context.close();
});

/** A list of deployments, three to a page, that grows; `hold` lets whoever asks for older ones wait. */
function growingList() {
  const list = { newest: 9, held: null, hold: false, announce: null };
  const pageFrom = (first) => {
    const numbers = [first, first - 1, first - 2].filter((number) => number > 0);
    return { items: numbers.map((number) => record(number)), next_cursor: numbers.at(-1) > 1 ? idOf(numbers.at(-1)) : null };
  };
  list.before = async (page) => {
    await page.route('**/deployments?limit=50*', async (route) => {
      const cursor = new URL(route.request().url()).searchParams.get('cursor');
      if (cursor !== null && list.hold) await new Promise((release) => (list.held = release));
      return route.fulfill({ json: pageFrom(cursor === null ? list.newest : Number(cursor.slice(-12)) - 1) });
    });
    await page.routeWebSocket(/\/ws$/, (socket) =>
      socket.onMessage((text) => {
        const { id, channel } = JSON.parse(text);
        if (channel !== 'events') return;
        socket.send(JSON.stringify({ id, event: 'snapshot', data: { items: [] } }));
        list.announce = (one) => socket.send(JSON.stringify({ id, event: 'deployment', data: one }));
      }),
    );
  };
  list.begin = async (number) => {
    await until('the subscription', () => list.announce);
    list.newest = number;
    list.announce(record(number, { state: 'running', finished_at: null }));
  };
  return list;
}

const shownCount = (page, count) => page.waitForFunction((wanted) => document.querySelectorAll('main ol a').length === wanted, count);
const shownNumbers = (page) => page.locator('main ol a').evaluateAll((all) => all.map((one) => Number(one.href.slice(-12))));
const first = (page, number) => page.locator('main ol a').first().and(page.locator(`[href$="${number}"]`)).waitFor();

test('a new deployment pushes no row out of a list with older pages', async () => {
  const list = growingList();
  const { page, context } = await openApp(place, '/ui/deployments', list);
  await page.getByRole('button', { name: 'Older deployments' }).click();
  await shownCount(page, 6);
  for (const number of [10, 11]) {
    await list.begin(number);
    await first(page, number);
  }
  assert.deepEqual(await shownNumbers(page), [11, 10, 9, 8, 7, 6, 5, 4]);
  list.announce(record(5, { state: 'failed' }));
  await page.locator('main ol li', { has: page.locator('[href$="5"]') }).getByText('Failed').waitFor();
  list.hold = true;
  await page.getByRole('button', { name: 'Older deployments' }).press('Enter');
  await until('the question', () => list.held);
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Reading older deployments…');
  list.held();
  await shownCount(page, 11);
  await page.getByRole('status').getByText('11 deployments shown').waitFor({ state: 'attached' });
  assert.ok(await page.locator('main ol a[href$="3"]').evaluate((one) => one === document.activeElement), 'the first new row');
  await context.close();
});

for (const [what, next, numbers] of [
  ['one deployment', 10, [10, 9, 8, 7, 6, 5, 4]],
  ['more of them than a page holds', 20, [20, 19, 18, 17, 16, 15]],
]) {
  test(`older deployments come, though ${what} began while they were asked for`, async () => {
    const list = growingList();
    const { page, context } = await openApp(place, '/ui/deployments', list);
    await first(page, 9);
    list.hold = true;
    const older = page.getByRole('button', { name: 'Older deployments' });
    await older.click();
    await until('the question', () => list.held);
    await list.begin(next);
    await first(page, next);
    list.hold = false;
    list.held();
    await shownCount(page, numbers.length);
    assert.deepEqual(await shownNumbers(page), numbers);
    await context.close();
  });
}

test('a page that has loaded takes the focus only from its own first heading', async () => {
  const one = record(3);
  const held = [];
  const before = async (page) => {
    await only(one)(page);
    await page.route(`**/deployments/${one.id}`, async (route) => {
      await new Promise((done) => held.push(done));
      return route.fulfill({ json: one });
    });
  };
  const { page, context } = await openApp(place, '/ui/projects/shop', { before });
  const release = async () => (await until('the question', () => held.shift()))();
  const focused = (text) => page.waitForFunction((wanted) => document.activeElement?.textContent.trim() === wanted, text);
  const record_ = page.locator(`main a[href$="${one.id}"]`);
  await record_.click();
  await focused('Deployment');
  await release();
  await focused('Restart shop');
  await page.goBack();
  await focused('shop');
  await record_.click();
  await focused('Deployment');
  await page.keyboard.press('Shift+Tab');
  await focused('Log out');
  await release();
  await page.getByRole('heading', { name: 'Restart shop' }).waitFor();
  await drawn(page);
  await focused('Log out');
  await context.close();
});
