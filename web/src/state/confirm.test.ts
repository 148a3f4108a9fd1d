import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import { confirmation } from './confirm.svelte';

const question = { title: 'Stop shop?', body: [], action: 'Stop shop' };

afterEach(() => confirmation.end(false));

it('keeps the question, with the reason, when what a yes does is refused', async () => {
  const refused = new ApiError(503, 'Docker is away', 'connection refused');
  const perform = vi.fn().mockRejectedValueOnce(refused).mockResolvedValueOnce(undefined);
  const answer = confirmation.ask({ ...question, perform });
  await confirmation.accept();
  expect(confirmation.question?.title).toBe('Stop shop?');
  expect(confirmation.error).toBe(refused);
  expect(confirmation.busy).toBe(false);
  await confirmation.accept();
  expect(await answer).toBe(true);
  expect(confirmation.question).toBeNull();
  expect(confirmation.error).toBeNull();
});

it('does once what is confirmed twice, and is not closed meanwhile', async () => {
  let done: () => void = () => {};
  const perform = vi.fn(() => new Promise<void>((resolve) => (done = resolve)));
  const answer = confirmation.ask({ ...question, perform });
  const first = confirmation.accept();
  await confirmation.accept();
  confirmation.refuse();
  expect(confirmation.question).not.toBeNull();
  done();
  await first;
  expect(perform).toHaveBeenCalledTimes(1);
  expect(await answer).toBe(true);
});

it('says nothing of a question that is no longer asked', async () => {
  let fail: (error: Error) => void = () => {};
  const first = confirmation.ask({
    ...question,
    perform: () => new Promise((_, reject) => (fail = reject)),
  });
  const accepted = confirmation.accept();
  const second = confirmation.ask(question);
  fail(new ApiError(409, 'Busy', ''));
  await accepted;
  expect(await first).toBe(false);
  expect(confirmation.error).toBeNull();
  confirmation.refuse();
  expect(await second).toBe(false);
});
