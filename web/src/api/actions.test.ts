import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noteDeployment, startProject } from './actions';
import type { Deployment } from './types';

/** The keys that were sent, in order. */
let keys: string[];
let answers: (Response | Error)[];

beforeEach(() => {
  keys = [];
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (_: string, { headers }: { headers: Record<string, string> }) => {
    keys.push(headers['Idempotency-Key']!);
    const next = answers.shift()!;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const taken = () => new Response('{"id":"d1"}', { status: 202 });
const lost = () => new TypeError('Failed to fetch');
const restart = (service: string) =>
  startProject('shop', 'restart', { services: [service] }).catch(() => null);

it('gives an order without an answer again as the same, until it has one', async () => {
  answers = [lost(), new Response('', { status: 504 }), taken(), taken()];
  for (let tries = 0; tries < 4; tries += 1) await restart('web');
  expect(new Set(keys.slice(0, 3)).size).toBe(1);
  expect(keys[3]).not.toBe(keys[0]);
});

it('gives each other order as a new one', async () => {
  answers = [lost(), taken(), new Response('{}', { status: 503 }), taken()];
  for (const service of ['web', 'ticker', 'ticker', 'ticker']) await restart(service);
  expect(new Set(keys).size).toBe(4);
});

it('takes for a new order what is asked for long after', async () => {
  answers = [lost(), taken()];
  await restart('web');
  vi.advanceTimersByTime(120_000);
  await restart('web');
  expect(keys[1]).not.toBe(keys[0]);
});

const interrupted = (action: string) =>
  new Response(JSON.stringify({ id: 'd0', action, state: 'interrupted' }), { status: 202 });

it('gives an order anew that the end of the daemon cut off and nobody takes up', async () => {
  answers = [lost(), interrupted('stop'), taken()];
  await startProject('shop', 'stop').catch(() => null);
  expect((await startProject('shop', 'stop')).id).toBe('d1');
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});

it('leaves to the next daemon what that takes up', async () => {
  answers = [lost(), interrupted('restart')];
  await restart('web');
  expect((await restart('web'))?.id).toBe('d0');
});

const seen = (action: string, state: string) =>
  noteDeployment({ id: 'd1', project: 'shop', action, state } as Deployment);

it('takes for a new order what is asked for after it was seen to end', async () => {
  answers = [lost(), lost(), taken()];
  await restart('web');
  seen('restart', 'running');
  seen('deploy', 'failed');
  await restart('web');
  expect(keys[1]).toBe(keys[0]);
  seen('restart', 'failed');
  await restart('web');
  expect(keys[2]).not.toBe(keys[0]);
});

it('takes for a new order what was seen to end before its answer was lost', async () => {
  answers = [lost(), taken()];
  const first = restart('web');
  seen('restart', 'failed');
  await first;
  await restart('web');
  expect(keys[1]).not.toBe(keys[0]);
});
