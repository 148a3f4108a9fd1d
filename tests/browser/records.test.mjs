// Records of deployments: those that never ended, lists that grow, and where the focus is meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawn } from '../support/browser.mjs';
import { openApp } from './support/app.mjs';
import { stage } from './support/stage.mjs';

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
  await live.getByText('Cancelling').waitFor();
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

test('a new deployment pushes no row out of a list with older pages', async () => {
  let newest = 9;
  const pageFrom = (first) => {
    const numbers = [first, first - 1, first - 2].filter((number) => number > 0);
    return { items: numbers.map((number) => record(number)), next_cursor: numbers.at(-1) > 1 ? idOf(numbers.at(-1)) : null };
  };
  let announce;
  const before = async (page) => {
    await page.route('**/deployments?limit=50*', (route) => {
      const cursor = new URL(route.request().url()).searchParams.get('cursor');
      return route.fulfill({ json: pageFrom(cursor === null ? newest : Number(cursor.slice(-12)) - 1) });
    });
    await page.routeWebSocket(/\/ws$/, (socket) =>
      socket.onMessage((text) => {
        const { id, channel } = JSON.parse(text);
        if (channel !== 'events') return;
        socket.send(JSON.stringify({ id, event: 'snapshot', data: { items: [] } }));
        announce = (one) => socket.send(JSON.stringify({ id, event: 'deployment', data: one }));
      }),
    );
  };
  const { page, context } = await openApp(place, '/ui/deployments', { before });
  const links = page.locator('main ol a');
  const shown = () => links.evaluateAll((all) => all.map((one) => Number(one.href.slice(-12))));
  await page.getByRole('button', { name: 'Older deployments' }).click();
  await page.waitForFunction(() => document.querySelectorAll('main ol a').length === 6);
  for (newest of [10, 11]) {
    announce(record(newest, { state: 'running', finished_at: null }));
    await links.first().and(page.locator(`[href$="${newest}"]`)).waitFor();
  }
  assert.deepEqual(await shown(), [11, 10, 9, 8, 7, 6, 5, 4]);
  announce(record(5, { state: 'failed' }));
  await page.locator('main ol li', { has: page.locator('[href$="5"]') }).getByText('Failed').waitFor();
  await page.getByRole('button', { name: 'Older deployments' }).click();
  await page.waitForFunction(() => document.querySelectorAll('main ol a').length === 11);
  await context.close();
});

test('a page that has loaded takes the focus only from its own first heading', async () => {
  const one = record(3);
  let release;
  const before = async (page) => {
    await only(one)(page);
    await page.route(`**/deployments/${one.id}`, async (route) => {
      await new Promise((done) => (release = done));
      return route.fulfill({ json: one });
    });
  };
  const { page, context } = await openApp(place, '/ui/projects/shop', { before });
  const focused = (text) => page.waitForFunction((wanted) => document.activeElement?.textContent.trim() === wanted, text);
  const record_ = page.locator(`main a[href$="${one.id}"]`);
  await record_.click();
  await focused('Deployment');
  release();
  await focused('Restart shop');
  await page.goBack();
  await focused('shop');
  await record_.click();
  await focused('Deployment');
  await page.keyboard.press('Shift+Tab');
  await focused('Log out');
  release();
  await page.getByRole('heading', { name: 'Restart shop' }).waitFor();
  await drawn(page);
  await focused('Log out');
  await context.close();
});
