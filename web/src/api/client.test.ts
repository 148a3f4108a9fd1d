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
    return new Promise((_done, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason as Error));
    });
  });
}

async function problemOf(request: Promise<unknown>): Promise<ApiError> {
  const caught = await request.catch((error: unknown) => error);
  expect(caught).toBeInstanceOf(ApiError);
  return caught as ApiError;
}

beforeEach(() => {
  // The platform's own timer cannot be moved by the fake clock.
  vi.useFakeTimers();
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException('slow', 'TimeoutError')), ms);
    return controller.signal;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
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

  it('says after a request that changes something that it may have been done', async () => {
    answer(new TypeError('network error'), 202);
    const problem = await problemOf(post('/projects/shop/deploy'));
    expect(problem).toMatchObject({ status: 0, title: 'The answer broke off' });
    expect(problem.detail).toMatch(/may have been done/);
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
  });
});
