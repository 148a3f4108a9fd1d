import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { session } from './session.svelte';

/** What the server answers by path; a path that is not here cannot be reached. */
let answers: Record<string, { status: number; body: unknown }>;

beforeEach(async () => {
  answers = { '/auth/me': { status: 200, body: { name: 'admin', role: 'admin' } } };
  vi.stubGlobal('fetch', (path: string) => {
    const found = answers[path];
    if (found === undefined) return Promise.reject(new TypeError('Failed to fetch'));
    return Promise.resolve(new Response(JSON.stringify(found.body), { status: found.status }));
  });
  session.start();
  await session.check();
  expect(session.state).toBe('in');
});
afterEach(() => vi.unstubAllGlobals());

describe('log out', () => {
  it('ends the session that the server ended', async () => {
    answers['/auth/logout'] = { status: 200, body: {} };
    await session.logOut();
    expect(session).toMatchObject({ state: 'out', me: null, expired: false });
  });

  it.each([
    ['cannot be reached', undefined],
    ['failed', { status: 500, body: { title: 'The store is full' } }],
  ])('stays in and says so when the server %s', async (_, answer) => {
    if (answer !== undefined) answers['/auth/logout'] = answer;
    await expect(session.logOut()).rejects.toMatchObject({ status: answer?.status ?? 0 });
    expect(session.state).toBe('in');
    expect(session.me?.name).toBe('admin');
  });

  it('is done when the session was over already, without calling it expired', async () => {
    answers['/auth/logout'] = { status: 401, body: {} };
    await session.logOut();
    expect(session).toMatchObject({ state: 'out', expired: false });
  });
});

it('says why it cannot tell who is logged in, instead of waiting for ever', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>portal</html>')));
  await session.check();
  expect(session.error?.title).toBe('The answer cannot be read');
  answers = {};
});
