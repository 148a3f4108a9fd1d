// The app in a browser, logged in.
import assert from 'node:assert/strict';
import { browser, openPage } from '../../support/browser.mjs';

// Started here, outside every test, it lives until the file's last one is over.
await browser();

/** Opens a page of the app as a person who has the token would: through the login. */
export async function openApp(stage, path = '/ui/', options = {}) {
  const opened = await openPage(options);
  const { page } = opened;
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const reports = [];
  await page.exposeFunction('__cspReport', (report) => reports.push(report));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.__cspReport(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  if (options.before) await options.before(page);
  await page.goto(stage.base + path);
  await logIn(page, stage.token);
  return { ...opened, dialogs, reports };
}

export async function logIn(page, token) {
  await page.getByLabel('Admin token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** Nothing in the console but the answer 401 that leads to the login. */
export function assertQuiet({ problems, dialogs, reports }) {
  assert.deepEqual(problems.filter((text) => !/status of 401/.test(text)), []);
  assert.deepEqual(dialogs, []);
  assert.deepEqual(reports, []);
}

/** The pages, each with what shows that its own answer has arrived. */
export const ready = {
  '': '[data-project]',
  'projects/shop': '[data-container]',
  'projects/typo': '#problems-title',
  'projects/fresh': '[data-plan-service]',
  'projects/hostile': '[data-container]',
  'projects/shop/logs': '[data-row]',
  'projects/hostile/logs': '[data-row]',
  deployments: 'main ol a',
  stacks: '[data-stack]',
  reconcile: 'h1',
  nowhere: 'h1',
  'projects/absent': '[role=alert]',
};

export function row(page, name) {
  return page.locator(`[data-project="${name}"]`);
}
