import { describe, expect, it } from 'vitest';
import { literalOf, markMatches } from './marks';

describe('markMatches', () => {
  it('splits pieces at each hit and keeps their colours', () => {
    const pieces = [
      { text: 'an error', cls: '' },
      { text: 'error!', cls: 'a-f1' },
    ];
    expect(markMatches(pieces, 'error')).toEqual([
      { text: 'an ', cls: '', hit: false },
      { text: 'error', cls: '', hit: true },
      { text: 'error', cls: 'a-f1', hit: true },
      { text: '!', cls: 'a-f1', hit: false },
    ]);
  });

  it('loses no text', () => {
    for (const needle of ['', 'a', 'aa', 'b', 'zzz']) {
      const text = 'aaabaaab';
      const joined = markMatches([{ text, cls: '' }], needle)
        .map((piece) => piece.text)
        .join('');
      expect(joined).toBe(text);
    }
  });
});

describe('literalOf', () => {
  it('marks nothing for a regular expression', () => {
    expect(literalOf('GET /x')).toBe('GET /x');
    for (const pattern of ['a.b', '^x', '(a+)+$', 'a|b', '[ab]', '\\d']) {
      expect(literalOf(pattern)).toBe('');
    }
  });
});
