// Without a mouse: every page, every action, and always to be seen where one is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuiet, openApp, row } from './support/app.mjs';
import { openPage } from '../support/browser.mjs';
import { stage } from './support/stage.mjs';

const place = await stage();

test('from the login to a deployment with keys alone', async () => {
  const { page, context, problems } = await openPage();
  await page.goto(`${place.base}/ui/`);
  await page.getByLabel('Admin token').waitFor();
  await page.keyboard.type(place.token);
  await page.keyboard.press('Enter');
  await row(page, 'shop').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('shop');
  await page.getByRole('option', { name: /^shop\s*project/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  const deploy = page.getByRole('button', { name: 'Deploy', exact: true });
  await deploy.waitFor();
  for (let presses = 0; presses < 20; presses += 1) {
    if (await deploy.evaluate((one) => one === document.activeElement)) break;
    await page.keyboard.press('Tab');
  }
  assert.ok(await deploy.evaluate((one) => one === document.activeElement), 'Tab reaches Deploy');
  const outline = await deploy.evaluate((one) => getComputedStyle(one).outlineStyle);
  assert.notEqual(outline, 'none');
  await page.keyboard.press('Enter');
  await page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
  assert.deepEqual(problems.filter((text) => !/status of 401/.test(text)), []);
  await context.close();
});

test('shortcuts lead to pages, the search, the list and the help', async () => {
  const app = await openApp(place);
  const { page, context } = app;
  await row(page, 'shop').waitFor();
  await page.locator('body').click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('/');
  await page.keyboard.type('shop');
  await row(page, 'typo').waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  const focused = () => page.evaluate(() => document.activeElement?.dataset?.walk);
  assert.equal(await focused(), 'shop');
  await page.keyboard.press('l');
  await page.waitForURL(/\/ui\/projects\/shop\/logs/);
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'Stacks' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.getByRole('heading', { name: 'Deployments' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('heading', { name: 'Projects' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assertQuiet(app);
  await context.close();
});

test('a page that was navigated to has the focus on its heading', async () => {
  const { page, context } = await openApp(place);
  await row(page, 'shop').getByRole('link', { name: 'shop', exact: true }).press('Enter');
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  assert.match(await page.title(), /^shop/);
  await context.close();
});

test('typing in the search stays quick with 200 projects', async () => {
  const many = (page) =>
    page.routeWebSocket(/\/ws$/, (socket) => {
      socket.onMessage((text) => {
        const message = JSON.parse(text);
        if (message.channel !== 'events') return;
        const items = Array.from({ length: 200 }, (_, at) => ({
          name: `project-${at}`, kind: 'container', enabled: true, status: at % 9 === 0 ? 'degraded' : 'running', drift: false,
          services: { total: 5, running: 5, healthy: at % 9 === 0 ? 4 : 5 }, domains: [`p${at}.example.org`], last_deployment: null, problems: [],
        }));
        socket.send(JSON.stringify({ id: message.id, event: 'snapshot', data: { items } }));
      });
    });
  const { page, context } = await openApp(place, '/ui/', { before: many });
  await row(page, 'project-199').waitFor({ state: 'attached' });
  const times = await page.evaluate(async () => {
    const field = document.querySelector('[data-search]');
    const taken = [];
    for (const value of ['p', 'pr', 'pro', 'proj', 'project-1', 'project-19', 'project-199', '', 'x', '']) {
      const started = performance.now();
      field.value = value;
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      taken.push(performance.now() - started);
    }
    return taken;
  });
  console.log(`search: ${times.map((time) => time.toFixed(0)).join(' ')} ms`);
  // The figure is for a person to read; here only what no load explains is a failure.
  assert.ok(Math.max(...times) < 2_000, times.join(' '));
  await context.close();
});
