// Chromium through playwright-core. A page fails its test on any console error, uncaught exception or
// request that did not succeed, unless the test says that it expects one.
import { after } from 'node:test';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

let launched;

export async function browser() {
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: run bin/install.sh test`);
  if (!launched) {
    launched = chromium.launch({ executablePath, args });
    after(async () => (await launched).close());
  }
  return launched;
}

/** A fresh context and page; `problems` collects what a person would see in the console. */
export async function openPage({ width = 1280, height = 800, dark = false, ...options } = {}) {
  const context = await (await browser()).newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A stream that the page itself closes is not a failure.
    if (!/ERR_ABORTED/.test(reason)) problems.push(`request: ${request.url()} ${reason}`);
  });
  return { page, context, problems };
}

/** Resolves when what was asked of the page is drawn: two frames, and the end of every transition. */
export function drawn(page) {
  return page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames += 1) await new Promise((done) => requestAnimationFrame(done));
    const finite = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(finite.map((one) => one.finished));
  });
}

/** Does the page fit its window: nothing to scroll sideways? */
export function overflows(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1);
}
