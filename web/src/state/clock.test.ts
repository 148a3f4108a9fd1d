import { expect, it } from 'vitest';
import { clock, took } from './clock.svelte';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();

it.each([
  ['running', at(0), null, '30 s'],
  ['cancelling', at(0), null, '30 s'],
  ['succeeded', at(0), at(12), '12 s'],
  ['interrupted', at(0), null, '–'],
  ['queued', null, null, ''],
])('says of %s, from %s to %s, “%s”', (state, started_at, finished_at, shown) => {
  clock.now = Date.parse(at(30));
  expect(took({ state, started_at, finished_at })).toBe(shown);
});

it('counts a step no further than the deployment that it is of', () => {
  clock.now = Date.parse(at(30));
  expect(took({ state: 'running', started_at: at(0) }, true)).toBe('–');
});
