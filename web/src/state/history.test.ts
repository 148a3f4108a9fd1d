import { beforeEach, expect, it } from 'vitest';
import type { Deployment, Page } from '../api/types';
import { DeploymentHistory } from './history.svelte';

const deployment = (id: number, state = 'succeeded'): Deployment =>
  ({ id: `d${id}`, state }) as Deployment;

/** Page of three: `page(9)` is d9, d8, d7, and goes on at d7. */
function page(newest: number): Page<Deployment> {
  const ids = [newest, newest - 1, newest - 2].filter((id) => id > 0);
  const last = ids.at(-1)!;
  return { items: ids.map((id) => deployment(id)), next_cursor: last > 1 ? `d${last}` : null };
}

let history: DeploymentHistory;
const shown = () => history.items.map((one) => one.id).join(' ');
/** Asks for the page from `newest` on, and gets it at once. */
const older = (newest: number) => history.addOlder(page(newest), history.askOlder()!);
beforeEach(() => {
  history = new DeploymentHistory();
  history.takeNewest(page(9));
});

it('shows one page until older ones are asked for', () => {
  history.takeNewest(page(10));
  expect(shown()).toBe('d10 d9 d8');
  expect(history.cursor).toBe('d8');
});

it('keeps what a new deployment pushes off the first page', () => {
  older(6);
  history.takeNewest(page(10));
  history.takeNewest(page(11));
  expect(shown()).toBe('d11 d10 d9 d8 d7 d6 d5 d4');
  expect(history.cursor).toBe('d4');
});

it('begins anew rather than hide that rows are missing', () => {
  older(6);
  history.takeNewest(page(20));
  expect(shown()).toBe('d20 d19 d18');
  expect(history.cursor).toBe('d18');
  expect(history.addOlder(page(3), 'd4')).toBe(false);
  expect(shown()).toBe('d20 d19 d18');
});

it('adds the page that was asked for before a new deployment came', () => {
  const cursor = history.askOlder()!;
  history.takeNewest(page(10));
  expect(history.addOlder(page(6), cursor)).toBe(true);
  expect(shown()).toBe('d10 d9 d8 d7 d6 d5 d4');
  expect(history.cursor).toBe('d4');
});

it('ends with the last page', () => {
  older(6);
  older(3);
  expect(history.cursor).toBeNull();
  expect(history.items).toHaveLength(9);
});

it('shows the new state of a row that only an older page has', () => {
  older(6);
  history.update(deployment(5, 'failed'));
  history.update(deployment(99, 'failed'));
  expect(history.items.find((one) => one.id === 'd5')?.state).toBe('failed');
  expect(history.items).toHaveLength(6);
});
