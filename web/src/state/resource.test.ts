import { expect, it } from 'vitest';
import { Resource } from './resource.svelte';

it('keeps what came another way over an answer that was asked for before', async () => {
  let answer: (text: string) => void = () => {};
  const resource = new Resource<string>(() => new Promise((resolve) => (answer = resolve)));
  const asked = resource.refresh();
  resource.take('newer');
  answer('older');
  await asked;
  expect(resource.data).toBe('newer');
  expect(resource.loading).toBe(false);
});
