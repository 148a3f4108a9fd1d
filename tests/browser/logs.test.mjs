// The log view: live, following, filtered, over cuts of the connection, and with hostile text.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { hostileLines } from '../../web/dev/hostile.mjs';
import { drawn } from '../support/browser.mjs';
import { assertQuiet, openApp, ready } from './support/app.mjs';
import { stage } from './support/stage.mjs';
import { until } from '../support/wait.mjs';

const place = await stage();

const lines = (page) => page.locator('[data-row]');
const view = (page) => page.getByRole('region', { name: 'Log lines' });
const numbers = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('[data-row]')]
      .map((row) => Number(/line (\d+) at/.exec(row.textContent)?.[1]))
      .filter((number) => number > 0),
  );

test('lines arrive, scrolling up keeps the place and counts what is new', async () => {
  const app = await openApp(place, '/ui/projects/shop/logs');
  const { page, context } = app;
  await lines(page).first().waitFor();
  const before = (await numbers(page)).at(-1) ?? 0;
  await page.waitForFunction((last) => {
    const rows = [...document.querySelectorAll('[data-row]')];
    return rows.some((row) => Number(/line (\d+) at/.exec(row.textContent)?.[1]) > last + 3);
  }, before);
  await view(page).hover();
  await page.mouse.wheel(0, -1500);
  const jump = page.getByRole('button', { name: /new line/ });
  await jump.waitFor();
  const top = await view(page).evaluate((one) => one.scrollTop);
  await page.getByRole('button', { name: /(\d{2,}|[5-9]) new lines/ }).waitFor();
  assert.ok(Math.abs((await view(page).evaluate((one) => one.scrollTop)) - top) < 3, 'the view moved');
  await jump.click();
  await jump.waitFor({ state: 'detached' });
  await page.waitForFunction(() => {
    const one = document.querySelector('[aria-label="Log lines"]');
    return one.scrollHeight - one.scrollTop - one.clientHeight < 30;
  });
  assertQuiet(app);
  await context.close();
});

test('filters by service and by text, and keeps them in the URL', async () => {
  const app = await openApp(place, '/ui/projects/shop/logs');
  const { page, context } = app;
  await lines(page).first().waitFor();
  await page.getByRole('group', { name: 'Services' }).getByRole('button', { name: 'ticker' }).click();
  await page.waitForURL(/service=ticker/);
  await page.waitForFunction(() => {
    const rows = [...document.querySelectorAll('[data-row].line')];
    return rows.length > 0 && rows.every((row) => row.textContent.includes('ticker'));
  });
  await page.getByLabel('Filter lines').fill('0 at');
  await page.waitForURL(/grep=0/);
  await page.locator('mark').first().waitFor();
  await page.reload();
  await page.locator('mark').first().waitFor();
  for (const number of await numbers(page)) assert.equal(number % 10, 0);
  await page.getByLabel('Filter lines').fill('no line is like this');
  await page.getByText('No line matches').waitFor();
  assertQuiet(app);
  await context.close();
});

test('twenty cuts of the connection lose no line and repeat none', async () => {
  let cut = async () => {};
  const between = (page) =>
    page.routeWebSocket(/\/ws$/, (socket) => {
      const server = socket.connectToServer();
      cut = () => Promise.all([socket.close({ code: 1001 }), server.close({ code: 1001 })]);
    });
  const { page, context } = await openApp(place, '/ui/projects/shop/logs?service=ticker', { before: between });
  const newest = async () => (await numbers(page)).at(-1) ?? 0;
  const waitForMore = async (count) => {
    const wanted = (await newest()) + count;
    await until(`line ${wanted}`, async () => (await newest()) >= wanted, { timeoutMs: 30_000 });
  };
  await lines(page).first().waitFor();
  for (let done = 0; done < 20; done += 1) {
    await waitForMore(1 + (done % 4));
    await cut();
  }
  await waitForMore(2);
  // The file holds every line that the page has, not only those on the screen.
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const text = await readFile(await (await downloading).path(), 'utf8');
  const all = [...text.matchAll(/line (\d+) at/g)].map((match) => Number(match[1])).sort((a, b) => a - b);
  assert.ok(all.length > 50, `${all.length} lines`);
  for (let at = 1; at < all.length; at += 1) assert.equal(all[at], all[at - 1] + 1, `after ${all[at - 1]}`);
  await context.close();
});

test('hostile lines are text: no dialog, no violation, no element, no control', async () => {
  assert.ok(hostileLines.length >= 200);
  const app = await openApp(place, '/ui/projects/hostile/logs');
  const { page, context } = app;
  await lines(page).first().waitFor();
  // Walks through the whole list, so that every line has been on the screen.
  const texts = await page.evaluate(async () => {
    const area = document.querySelector('[aria-label="Log lines"]');
    const found = new Map();
    for (let top = 0; top <= area.scrollHeight; top += area.clientHeight / 2) {
      area.scrollTop = top;
      for (let frames = 0; frames < 2; frames += 1) await new Promise((done) => requestAnimationFrame(done));
      for (const row of area.querySelectorAll('[data-row].line')) found.set(row.dataset.row, row.textContent);
    }
    return [...found.values()];
  });
  assert.ok(texts.length >= hostileLines.length, `${texts.length} of ${hostileLines.length}`);
  const all = texts.join('\n');
  for (const text of ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'javascript:alert(1)', '␛]52;c;', '⟨U+202E⟩']) {
    assert.ok(all.includes(text), text);
  }
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(all.replaceAll('\n', ''), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  const made = await page.evaluate(() => document.querySelectorAll('main script, main img, main iframe, main a[href^="javascript"], main style, main object, main form').length);
  assert.equal(made, 0);
  // The same names and images on the other pages.
  for (const path of ['', 'projects/hostile', 'stacks']) {
    await page.goto(`${place.base}/ui/${path}`);
    await page.locator(ready[path]).first().waitFor();
    await drawn(page);
    assert.equal(await page.locator('a[href^="javascript" i]').count(), 0, path);
  }
  assertQuiet(app);
  await context.close();
});

test('of 100,000 lines only those near the view are drawn, and memory is bounded', async () => {
  // The lines are made in the page: a flood through the test's own connection would measure that.
  const flood = (page) =>
    page.addInitScript(() => {
      window.WebSocket = class {
        constructor() {
          setTimeout(() => this.onopen?.());
        }
        send(text) {
          const message = JSON.parse(text);
          if (message.channel === 'logs') window.flood = (first, count) => this.give(message.id, first, count);
        }
        give(id, first, count) {
          for (let seq = first; seq < first + count; seq += 1) {
            const record = { time: '2026-01-01T00:00:00.000Z', project: 'shop', service: 'web', container: 'c', stream: 'stdout', line: `${'payload '.repeat(12)} line ${seq} at 0`, seq };
            this.onmessage?.({ data: JSON.stringify({ id, event: 'line', cursor: String(seq), data: record }) });
          }
        }
        close() {}
      };
    });
  const { page, context } = await openApp(place, '/ui/projects/shop/logs', { before: flood });
  await view(page).waitFor();
  await page.waitForFunction(() => window.flood !== undefined);
  for (let at = 0; at < 130_000; at += 5_000) {
    await page.evaluate((first) => window.flood(first, 5_000), at + 1);
    await drawn(page);
  }
  await page.getByText('line 130000 at 0').waitFor({ timeout: 60_000 });
  const { times, rows } = await page.evaluate(async () => {
    const area = document.querySelector('[aria-label="Log lines"]');
    const times = [];
    let rows = 0;
    let last = performance.now();
    for (let step = 0; step < 60; step += 1) {
      area.scrollTop = (area.scrollHeight * step) / 60;
      await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - last);
      last = performance.now();
      rows = Math.max(rows, area.querySelectorAll('[data-row]').length);
    }
    return { times: times.sort((a, b) => a - b), rows };
  });
  assert.ok(rows > 0 && rows < 200, `${rows} rows drawn`);
  const first = await numbers(page);
  assert.ok(first.length > 0);
  const client = await context.newCDPSession(page);
  await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  console.log(`heap ${(usedSize / 1e6).toFixed(0)} MB, frame p50 ${times[30].toFixed(0)} ms, p95 ${times[57].toFixed(0)} ms`);
  assert.ok(usedSize < 150e6, `${usedSize} bytes`);
  await context.close();
});
