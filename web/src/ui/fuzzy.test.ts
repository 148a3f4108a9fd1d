import { describe, expect, it } from 'vitest';
import { bestOf, fuzzyScore } from './fuzzy';

describe('fuzzyScore', () => {
  it('wants every letter in order', () => {
    expect(fuzzyScore('dpl', 'Deploy web')).not.toBeNull();
    expect(fuzzyScore('lpd', 'Deploy web')).toBeNull();
    expect(fuzzyScore('', 'anything')).toBe(0);
  });
});

describe('bestOf', () => {
  const names = ['restart shop', 'shop', 'workshop', 'photos', 'logs of shop'];
  it('prefers whole words at the start', () => {
    expect(bestOf(names, 'shop', (name) => name, 2)).toEqual(['shop', 'restart shop']);
  });
  it('shows no scattered letters where the text itself occurs', () => {
    expect(bestOf(names, 'shop', (name) => name, 9)).not.toContain('photos');
    expect(bestOf(names, 'phts', (name) => name, 9)).toEqual(['photos']);
  });
  it('finds several words by their beginnings', () => {
    expect(bestOf(names, 'lo sh', (name) => name, 1)).toEqual(['logs of shop']);
  });
  it('keeps the order for an empty query', () => {
    expect(bestOf(names, '', (name) => name.padEnd(20), 3)).toEqual(names.slice(0, 3));
  });
});
