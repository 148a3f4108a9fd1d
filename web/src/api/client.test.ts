import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, get, post } from './client';

/** Lets `fetch` answer this; a body that ends with an error stands for a connection that broke. */
function answer(body: string | Error, status = 200): void {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (body instanceof Error) return controller.error(body);
      controller.enqueue(new TextEncoder().encode(body));
      controller.close();
    },
  });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(stream, { status })));
}

/** A server that takes the connection and says nothing, as a browser sees it. */
function stall(): void {
  vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((_done, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason as Error));
    });
  });
}

function lose(): void {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
}

async function problemOf(request: Promise<unknown>): Promise<ApiError> {
  const caught = await request.catch((error: unknown) => error);
  expect(caught).toBeInstanceOf(ApiError);
  return caught as ApiError;
}

beforeEach(() => {
  vi.useFakeTimers();
  // As in a browser that has neither.
  vi.stubGlobal('AbortSignal', { any: undefined, timeout: undefined });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('an answer that is none', () => {
  it.each([
    ['breaks off', new TypeError('network error'), 'The answer broke off'],
    ['is not JSON', '<html>captive portal</html>', 'The answer cannot be read'],
    ['is cut short', '{"name":"ad', 'The answer cannot be read'],
    ['is empty', '', 'The answer is empty'],
  ])('is an ApiError when it %s', async (_, body, title) => {
    answer(body);
    expect(await problemOf(get('/auth/me'))).toMatchObject({ status: 0, title });
  });

  it.each([
    ['breaks off', () => answer(new TypeError('network error'), 202), 'The answer broke off'],
    ['never begins', () => lose(), 'The server cannot be reached'],
    ['is late', () => stall(), 'The server did not answer in time'],
  ])('says of a request that changes something, when it %s, that it may be done', async (_, go, title) => {
    go();
    const problem = problemOf(post('/projects/shop/deploy'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await problem).toMatchObject({ status: 0, title, outcomeUnknown: true });
    expect((await problem).detail).toMatch(/may have been done/);
  });

  it('may be empty after a request that has nothing to say', async () => {
    answer('');
    expect(await post('/auth/logout')).toBeNull();
  });
});

describe('the time limit', () => {
  it('holds for a read that its caller can end, too', async () => {
    stall();
    const problem = problemOf(get('/projects', new AbortController().signal));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await problem).toMatchObject({ status: 0, title: 'The server did not answer in time' });
  });

  it('is as long as the caller says', async () => {
    stall();
    let over = false;
    const problem = problemOf(get('/plan', undefined, 60_000)).finally(() => (over = true));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await problem).status).toBe(0);
  });

  it('leaves an end by the caller what it is', async () => {
    stall();
    const abort = new AbortController();
    const request = get('/projects', abort.signal).catch((error: unknown) => error);
    abort.abort();
    expect(await request).toMatchObject({ name: 'AbortError' });
    expect(await get('/projects', abort.signal).catch((error: unknown) => error)).toMatchObject({
      name: 'AbortError',
    });
  });
});
