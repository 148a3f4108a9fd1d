// Waiting with a deadline: the only way tests wait for something that another process does.
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Polls `probe` until it returns something truthy, and returns that. Throws after `timeoutMs`. */
export async function until(what, probe, { timeoutMs = 10_000, everyMs = 50 } = {}) {
  const deadline = performance.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      const detail = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`waited ${timeoutMs} ms for ${what}; last: ${detail}`);
    }
    await sleep(everyMs);
  }
}

/** Rejects when `promise` takes longer than `timeoutMs`. */
export async function within(timeoutMs, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
