import { describe, expect, it } from 'vitest';
import {
  domainLink,
  formatAgo,
  formatBetween,
  formatClock,
  formatCount,
  formatDateTime,
  formatRevision,
  formatSpan,
  splitImage,
} from './format';

describe('formatSpan', () => {
  it.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [192_000, '3 min 12 s'],
    [3_600_000, '1 h'],
    [187_200_000, '2 d 4 h'],
    [Number.NaN, '–'],
  ])('%d', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });
});

describe('times', () => {
  const now = Date.parse('2026-01-02T03:04:05.678Z');
  it('says how long ago', () => {
    expect(formatAgo('2026-01-02T03:04:04Z', now)).toBe('just now');
    expect(formatAgo('2026-01-02T03:03:05Z', now)).toBe('1 min ago');
    expect(formatAgo('2025-12-30T03:03:05Z', now)).toBe('3 d ago');
    expect(formatAgo(null, now)).toBe('–');
    expect(formatAgo('rubbish', now)).toBe('–');
    expect(formatAgo('2026-01-02T03:05:05Z', now)).toBe('just now');
  });
  it('measures up to now while something runs', () => {
    expect(formatBetween('2026-01-02T03:04:00.678Z', null, now)).toBe('5.0 s');
    expect(formatBetween('2026-01-02T03:04:00Z', '2026-01-02T03:04:00.250Z', now)).toBe('250 ms');
    expect(formatBetween(null, null, now)).toBe('');
    expect(formatBetween('2026-01-02T03:04:00Z', null, null)).toBe('–');
  });
  it('prints clock and date', () => {
    expect(formatClock('2026-01-02T03:04:05.678Z')).toMatch(/^\d\d:\d\d:05\.678$/);
    expect(formatDateTime('2026-01-02T03:04:05.678Z')).toMatch(/^2026-01-0\d \d\d:\d\d:05$/);
    expect(formatClock('')).toBe('');
  });
});

describe('words', () => {
  it('counts', () => {
    expect(formatCount(1, 'service')).toBe('1 service');
    expect(formatCount(12_345, 'line')).toBe('12,345 lines');
  });
  it('splits an image', () => {
    expect(splitImage('a/b:1@sha256:0123456789abcdef')).toEqual({
      name: 'a/b:1',
      digest: '0123456789ab',
    });
    expect(splitImage('a/b:1')).toEqual({ name: 'a/b:1', digest: '' });
  });
});

describe('domainLink', () => {
  it.each(['a.example', 'a-b.example:8443', 'localhost', 'x.example/path'])('links %s', (domain) => {
    expect(domainLink(domain)).toBe(`https://${domain}`);
  });
  it.each(['javascript:alert(1)', 'a b', '*.example', '', 'x"><img>', 'a@b', '//evil', 'a..b'])(
    'does not link %s',
    (domain) => {
      expect(domainLink(domain)).toBeNull();
    },
  );
});

describe('formatRevision', () => {
  it('is short, and a dash for none', () => {
    expect(formatRevision('0123456789abcdef0123456789abcdef01234567')).toBe('01234567');
    expect(formatRevision('')).toBe('–');
  });
});
