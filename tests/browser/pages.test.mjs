// The pages: login, places that a link leads to, roles, and a narrow screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawn, openPage, overflows } from '../support/browser.mjs';
import { assertQuiet, logIn, openApp, ready, row } from './support/app.mjs';
import { stage } from './support/stage.mjs';
import { until } from '../support/wait.mjs';

const place = await stage();

test('a wrong token is refused in words, the right one leads to the projects', async () => {
  const { page, context, problems } = await openPage();
  await page.goto(`${place.base}/`);
  await page.getByRole('heading', { name: 'Log in to itsUP' }).waitFor();
  await page.getByLabel('Admin token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This token is not valid').waitFor();
  await logIn(page, place.token);
  await row(page, 'shop').waitFor();
  assert.match(page.url(), /\/ui\/$/);
  assert.deepEqual(problems.filter((text) => !/status of 401/.test(text)), []);
  await context.close();
});

test('a link leads to its place through the login, and reload, back and forward keep it', async () => {
  const app = await openApp(place, '/ui/projects/shop');
  const { page, context } = app;
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Stacks' }).click();
  await page.getByRole('heading', { name: 'Stacks' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/ui/projects/shop');
  await page.goForward();
  await page.getByRole('heading', { name: 'Stacks' }).waitFor();
  assertQuiet(app);
  await context.close();
});

test('search and filter live in the URL', async () => {
  const app = await openApp(place);
  const { page, context } = app;
  await row(page, 'shop').waitFor();
  await page.getByLabel('Search projects').fill('hos');
  await row(page, 'shop').waitFor({ state: 'hidden' });
  await page.waitForURL(/q=hos/);
  await page.reload();
  await row(page, 'hostile').waitFor();
  assert.equal(await page.getByLabel('Search projects').inputValue(), 'hos');
  assert.equal(await row(page, 'shop').isVisible(), false);
  await page.getByLabel('Search projects').fill('no such project');
  await page.getByRole('button', { name: /Show all/ }).click();
  await row(page, 'shop').waitFor();
  await page.getByRole('button', { name: /Needs attention/ }).click();
  await page.waitForURL(/state=attention/);
  await row(page, 'typo').waitFor();
  assertQuiet(app);
  await context.close();
});

test('what was typed last does not follow to the next page', async () => {
  const { page, context } = await openApp(place);
  await page.clock.install();
  for (const [path, label, next] of [['', 'Search projects', 'Stacks'], ['projects/shop/logs', 'Filter lines', 'Deployments']]) {
    await page.goto(`${place.base}/ui/${path}`);
    await page.getByLabel(label).fill('sho');
    await page.getByRole('navigation').getByRole('link', { name: next }).click();
    await page.getByRole('heading', { name: next }).waitFor();
    await page.clock.fastForward(600);
    assert.equal(new URL(page.url()).search, '', next);
  }
  await context.close();
});

test('what is wrong comes first, with its place in the file', async () => {
  const app = await openApp(place);
  const { page, context } = app;
  await row(page, 'typo').waitFor();
  const names = await page.locator('[data-project]').evaluateAll((all) => all.map((one) => one.dataset.project));
  assert.ok(names.indexOf('typo') < names.indexOf('shop'), names.join(' '));
  await row(page, 'typo').getByRole('link', { name: 'typo', exact: true }).click();
  await page.getByText(/projects\/typo\/docker-compose\.yml:\d+/).first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Deploy', exact: true }).isDisabled(), true);
  assertQuiet(app);
  await context.close();
});

test('what a deploy warns of is said before it, once', async () => {
  const app = await openApp(place, '/ui/projects/fresh');
  const { page, context } = app;
  const warnings = page.getByRole('list', { name: 'Warnings' });
  await warnings.getByText('nothing of cache runs, which fresh has egress to').waitFor();
  await page.locator('[data-plan-summary]').getByText(/\d warnings? below/).waitFor();
  await page.getByText('1 warning in the configuration').waitFor();
  assert.equal(await page.getByText('unknown key').count(), 1);
  assertQuiet(app);
  await context.close();
});

test('an address that leads nowhere says so, and so does a project that is not there', async () => {
  const app = await openApp(place, '/ui/nowhere/at/all');
  const { page, context } = app;
  await page.getByRole('heading', { name: 'Nothing is here' }).waitFor();
  await page.goto(`${place.base}/ui/projects/absent`);
  await page.getByText('There is no project of this name').waitFor();
  await context.close();
});

test('a session that is over asks for the login and comes back to the same place', async () => {
  const app = await openApp(place, '/ui/projects/shop');
  const { page, context } = app;
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  await context.clearCookies();
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('Your session is over').waitFor();
  assert.equal(new URL(page.url()).pathname, '/ui/projects/shop');
  await logIn(page, place.token);
  await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
  assertQuiet(app);
  await context.close();
});

test('an answer that is not from itsUP is said, and the page goes on when asked again', async () => {
  const { page, context } = await openPage();
  const portal = { status: 200, contentType: 'text/html', body: '<h1>Welcome to our network</h1>' };
  await page.route('**/auth/me', (route) => route.fulfill(portal));
  await page.goto(`${place.base}/ui/`);
  await page.getByText('itsUP did not answer').waitFor();
  await page.unroute('**/auth/me');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.route('**/projects?*', (route) => route.fulfill(portal));
  await page.routeWebSocket(/\/ws$/, () => {});
  await logIn(page, place.token);
  await page.getByText('The projects could not be read').waitFor();
  await page.unroute('**/projects?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await row(page, 'shop').waitFor();
  await context.close();
});

test('a log-out that failed is not shown as done', async () => {
  const { page, context } = await openApp(place);
  let release;
  await page.route('**/auth/logout', async (route) => {
    await new Promise((done) => (release = done));
    return route.abort();
  });
  const logOut = page.getByRole('button', { name: 'Log out' });
  await logOut.press('Enter');
  (await until('the question', () => release))();
  await page.getByText('You may still be logged in on this device').waitFor();
  assert.ok(await logOut.evaluate((one) => one === document.activeElement), 'the focus stays');
  await page.unroute('**/auth/logout');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByLabel('Admin token').waitFor();
  await page.reload();
  await page.getByLabel('Admin token').waitFor();
  assert.equal(await page.getByText('Your session is over').count(), 0);
  await context.close();
});

test('a viewer sees no button that would be refused', async () => {
  const asViewer = (page) =>
    page.route('**/auth/me', async (route) => {
      const answer = await route.fetch();
      if (!answer.ok()) return route.fulfill({ response: answer });
      return route.fulfill({ response: answer, json: { ...(await answer.json()), role: 'viewer' } });
    });
  const { page, context } = await openApp(place, '/ui/projects/shop', { before: asViewer });
  await page.getByRole('heading', { name: 'Services' }).waitFor();
  await page.locator('[data-container]').first().waitFor();
  for (const name of ['Deploy', 'Restart', 'Stop', 'Start']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  }
  await page.goto(`${place.base}/ui/stacks`);
  await page.getByRole('heading', { name: 'Stacks' }).waitFor();
  for (const name of ['Up', 'Restart', 'Down']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  }
  await context.close();
});

test('360 pixels are enough for every page', async () => {
  const app = await openApp(place, '/ui/', { width: 360, height: 740 });
  const { page, context } = app;
  await row(page, 'shop').waitFor();
  for (const [path, sign] of Object.entries(ready)) {
    await page.goto(`${place.base}/ui/${path}`);
    await page.locator(sign).first().waitFor();
    await drawn(page);
    assert.equal(await overflows(page), false, path);
  }
  await context.close();
});

test('the first load is small and says nothing to anybody else', async () => {
  const { page, context } = await openPage();
  const seen = [];
  page.on('response', (response) => seen.push(response));
  await page.goto(`${place.base}/ui/`);
  await page.getByLabel('Admin token').waitFor();
  assert.ok(seen.every((response) => response.url().startsWith(place.base)));
  const policy = seen[0].headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src '(self|none)'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
  const { gzipSync } = await import('node:zlib');
  let script = 0;
  for (const response of seen) {
    if (/\.js$/.test(new URL(response.url()).pathname)) script += gzipSync(await response.body()).length;
  }
  assert.ok(script > 0 && script <= 80 * 1024, `${script} bytes of script`);
  await context.close();
});

test('the documentation of the API opens under the strict policy, with every endpoint', async () => {
  const app = await openApp(place);
  const { page, context } = app;
  await row(page, 'shop').waitFor();
  await page.goto(`${place.base}/docs`);
  await page.getByText('/projects/{name}/deploy', { exact: true }).first().waitFor();
  assertQuiet(app);
  await context.close();
});
