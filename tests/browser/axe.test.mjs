// axe finds nothing on any page, light and dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { drawn, openPage } from '../support/browser.mjs';
import { openApp, ready } from './support/app.mjs';
import { stage } from './support/stage.mjs';

const place = await stage();

async function assertAccessible(page, what) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`).join('\n  ')}`);
  assert.deepEqual(found, [], what);
}

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';

  test(`the login, ${theme}`, async () => {
    const { page, context } = await openPage({ dark });
    await page.goto(`${place.base}/ui/`);
    await page.getByLabel('Admin token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This token is not valid').waitFor();
    await assertAccessible(page, 'login');
    await context.close();
  });

  test(`every page, ${theme}`, async () => {
    const { page, context } = await openApp(place, '/ui/', { dark });
    for (const [path, sign] of Object.entries(ready)) {
      await page.goto(`${place.base}/ui/${path}`);
      await page.locator(sign).first().waitFor();
      await drawn(page);
      await assertAccessible(page, path);
    }
    await context.close();
  });

  test(`a deployment, the palette and the dialogs, ${theme}`, async () => {
    const { page, context } = await openApp(place, '/ui/projects/shop', { dark });
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.locator('[data-step]').first().waitFor();
    await assertAccessible(page, 'a deployment that runs');
    await page.locator('.transcript[data-state=succeeded]').waitFor({ timeout: 90_000 });
    await assertAccessible(page, 'a deployment that is over');
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    await assertAccessible(page, 'palette');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page, 'dialog');
    await context.close();
  });
}
