// What changes on the host changes on the page, and a lost connection is said and mended.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertQuiet, logIn, openApp, row } from './support/app.mjs';
import { stage } from './support/stage.mjs';
import { EngineEvents } from '../support/engine_events.mjs';
import { until } from '../support/wait.mjs';

const place = await stage();
// The mock has no engine.
const events = place.engine && (await new EngineEvents(place.engine).opened);
after(() => events?.close());

/** When the engine itself said that this happened to the container. */
async function happenedAt(action, name) {
  const isIt = (event) => event.Action === action && event.Actor.Attributes.name === name;
  const { timeNano } = await until(`the engine's ${action} of ${name}`, () => events.records.find(isIt));
  return Math.floor(timeNano / 1e6);
}

/**
 * When exactly `count` elements of `selector` have every one of `texts` in them: the page looks at
 * each of its changes, by the clock that it shares with this process.
 */
function shownAt(page, selector, texts, count = 1) {
  return page.evaluate(([selector, texts, count]) => new Promise((done, fail) => {
    const look = () => {
      const found = [...document.querySelectorAll(selector)].filter((one) => texts.every((text) => one.textContent.includes(text)));
      if (found.length !== count) return;
      watcher.disconnect();
      done(Date.now());
    };
    setTimeout(() => fail(new Error(`no ${selector} with ${texts}: ${document.querySelector('main').innerText}`)), 15_000);
    const watcher = new MutationObserver(look);
    watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
  }), [selector, texts, count]);
}

test('every open page is right within a second after a container was killed, stopped or removed', async () => {
  const overview = await openApp(place);
  const detail = await openApp(place, '/ui/projects/shop');
  await row(overview.page, 'shop').and(overview.page.locator('[data-status=running]')).waitFor();
  await detail.page.locator('[data-container]').nth(2).waitFor();
  const changes = [
    { what: 'kill', event: 'die', container: 'shop-web-1', page: [['shop-web-1', 'Exited with 137'], 1], list: ['[data-project=shop][data-status=degraded]', []] },
    { what: 'stop', event: 'die', container: 'shop-ticker-1', page: [['shop-ticker-1', 'Exited with'], 1] },
    { what: 'rm', event: 'destroy', container: 'shop-web-2', page: [['shop-web-2'], 0] },
  ];
  for (const { what, event, container, list, page } of changes) {
    const looked = [shownAt(detail.page, '[data-container]', ...page)];
    // What the list says of a project that is degraded already need not change.
    if (list) looked.push(shownAt(overview.page, ...list));
    const asked = Date.now();
    await place[what](container);
    const happened = events ? await happenedAt(event, container) : Date.now();
    const took = (await Promise.all(looked)).map((time) => time - happened);
    const told = `page right after ${took.join(' ms, list after ')} ms`;
    console.log(`${what}, which the engine took ${happened - asked} ms for: ${told}`);
    // What is promised. A machine with other work to do shows it within 0.2 s.
    assert.ok(Math.max(...took) < 1_000, `${what}: ${told}`);
  }
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
  await page.clock.install();
  await sockets[0].close({ code: 1001 });
  await page.clock.fastForward(2_000);
  await page.getByText('Live updates are off, retrying.').waitFor();
  // No more tries of its own, which could take the button away before it is pressed.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 100));
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
  await page.clock.install();
  await context.clearCookies();
  await sockets[0].close({ code: 1008 });
  await page.getByText('Your session is over').waitFor();
  await page.clock.fastForward(60_000);
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
