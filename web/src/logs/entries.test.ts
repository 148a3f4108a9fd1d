import { describe, expect, it } from 'vitest';
import { entryOf, gapText, plainEntry, servicePrefix } from './entries';

const record = {
  time: '2026-01-02T03:04:05.678Z',
  project: 'shop',
  service: 'web',
  container: 'shop-web-1',
  stream: 'stdout',
  line: 'hello',
  seq: 1,
};

describe('entryOf', () => {
  it('takes lines, gaps and markers', () => {
    expect(entryOf('line', record)).toEqual({ kind: 'line', record });
    expect(entryOf('gap', { skipped: 12, time: 't' })).toEqual({ kind: 'gap', skipped: 12, time: 't' });
    expect(entryOf('marker', { container: 'shop-web-1', what: 'die' })).toMatchObject({
      text: 'shop-web-1: die',
      tone: 'bad',
    });
    expect(entryOf('marker', { what: 'engine back' })).toMatchObject({ tone: 'good' });
    expect(entryOf('marker', { what: 'health_status: unhealthy' })).toMatchObject({ tone: 'bad' });
  });

  it('refuses everything else', () => {
    for (const [event, data] of [
      ['line', {}],
      ['line', null],
      ['line', { line: 5 }],
      ['subscribed', {}],
      ['marker', 'text'],
    ] as const) {
      expect(entryOf(event, data)).toBeNull();
    }
  });

  it('bears a gap without a number', () => {
    expect(entryOf('gap', { skipped: 'many' })).toMatchObject({ skipped: 0 });
  });
});

describe('texts', () => {
  it('says how much is missing', () => {
    expect(gapText(1)).toContain('1 line was skipped');
    expect(gapText(12_345)).toContain('12,345 lines were skipped');
  });
  it('puts names under each other', () => {
    expect(servicePrefix('web', 5)).toBe('web   ');
    expect(servicePrefix('verylongname', 5)).toBe('very… ');
    expect(servicePrefix('web', 0)).toBe('');
  });
  it('writes a file', () => {
    expect(plainEntry({ kind: 'line', record })).toBe('2026-01-02T03:04:05.678Z web | hello');
    expect(plainEntry({ kind: 'gap', skipped: 2, time: null })).toContain('2 lines');
  });
});
