import { describe, expect, it } from 'vitest';
import { RowHeights, windowOf } from './heights';
import { LogRing, type Entry } from './ring';
import { estimateHeight, rowPx } from './rows';

function line(text: string, seq = 0): Entry {
  return {
    kind: 'line',
    record: { time: '', project: 'p', service: 's', container: 'c', stream: 'stdout', line: text, seq },
  };
}

function textAt(ring: LogRing, index: number): string | undefined {
  const entry = ring.at(index);
  return entry?.kind === 'line' ? entry.record.line : undefined;
}

describe('LogRing', () => {
  it('keeps the newest and their indexes', () => {
    const ring = new LogRing(3);
    for (const text of ['a', 'b', 'c', 'd', 'e']) ring.push(line(text));
    expect([ring.first, ring.end, ring.size]).toEqual([2, 5, 3]);
    expect([2, 3, 4].map((index) => textAt(ring, index))).toEqual(['c', 'd', 'e']);
    expect(ring.at(1)).toBeUndefined();
    expect(ring.at(5)).toBeUndefined();
  });

  it('is bounded in characters, too', () => {
    const ring = new LogRing(1000, 1000);
    for (let count = 0; count < 100; count += 1) ring.push(line('x'.repeat(236)));
    expect(ring.size).toBe(3);
  });

  it('keeps one entry that alone is over the bound', () => {
    const ring = new LogRing(10, 100);
    ring.push(line('a'));
    ring.push(line('x'.repeat(500)));
    expect(ring.size).toBe(1);
    expect(textAt(ring, ring.first)).toHaveLength(500);
  });

  it('takes back the newest', () => {
    const ring = new LogRing(3, 1000);
    for (const text of ['a', 'b', 'c', 'd']) ring.push(line(text));
    ring.truncate(2);
    expect([ring.first, ring.end]).toEqual([1, 2]);
    ring.push(line('e'));
    expect(textAt(ring, 2)).toBe('e');
    ring.truncate(0);
    expect(ring.size).toBe(0);
    for (let count = 0; count < 9; count += 1) ring.push(line('x'.repeat(236)));
    expect(ring.size).toBe(3);
  });

  it('does not reuse indexes after clear', () => {
    const ring = new LogRing(3);
    ring.push(line('a'));
    ring.push(line('b'));
    ring.clear();
    ring.push(line('c'));
    expect(ring.at(0)).toBeUndefined();
    expect(textAt(ring, 2)).toBe('c');
  });

  it('wraps many times', () => {
    const ring = new LogRing(7);
    for (let count = 0; count < 1000; count += 1) ring.push(line(String(count)));
    expect(Array.from({ length: 7 }, (_, at) => textAt(ring, 993 + at))).toEqual(
      Array.from({ length: 7 }, (_, at) => String(993 + at)),
    );
  });
});

describe('RowHeights', () => {
  function filled(heights: number[], max = 10): RowHeights {
    const rows = new RowHeights(max);
    for (const height of heights) rows.append(height);
    return rows;
  }

  it('finds rows by offset', () => {
    const rows = filled([10, 20, 30]);
    expect(rows.total).toBe(60);
    expect([0, 9, 10, 29, 30, 59, 1000, -5].map((y) => rows.indexAt(y))).toEqual([
      0, 0, 1, 1, 2, 2, 2, 0,
    ]);
  });

  it('answers how far the rest moves up when rows are dropped', () => {
    const rows = filled([10, 20, 30]);
    expect(rows.dropBefore(2)).toBe(30);
    expect(rows.total).toBe(30);
    expect(rows.offsetOf(2)).toBe(0);
    expect(rows.dropBefore(99)).toBe(30);
    expect(rows.total).toBe(0);
  });

  it('forgets rows at the end', () => {
    const rows = filled([10, 20, 30]);
    rows.truncate(1);
    expect([rows.total, rows.end]).toEqual([10, 1]);
    rows.append(5);
    expect(rows.offsetOf(1)).toBe(10);
    rows.truncate(0);
    expect(rows.total).toBe(0);
  });

  it('corrects several rows in one pass', () => {
    const rows = filled([10, 10, 10, 10, 10]);
    expect(rows.correct([[1, 30], [3, 5]])).toBe(true);
    expect([0, 1, 2, 3, 4].map((index) => rows.heightOf(index))).toEqual([10, 30, 10, 5, 10]);
    expect(rows.total).toBe(65);
    expect(rows.offsetOf(4)).toBe(55);
  });

  it('ignores corrections of rows that are gone, and those that change nothing', () => {
    const rows = filled([10, 10, 10]);
    rows.dropBefore(1);
    expect(rows.correct([[0, 99], [1, 10], [7, 99]])).toBe(false);
    expect(rows.total).toBe(20);
  });

  it('goes round its bound', () => {
    const rows = new RowHeights(4);
    for (let count = 0; count < 11; count += 1) rows.append(count);
    expect([rows.first, rows.end, rows.total]).toEqual([7, 11, 34]);
    expect(rows.indexAt(7)).toBe(8);
    expect(rows.correct([[8, 100]])).toBe(true);
    expect(rows.total).toBe(126);
    expect(rows.offsetOf(10)).toBe(116);
  });
});

describe('windowOf', () => {
  it('covers the view and what is around it', () => {
    const rows = new RowHeights(1000);
    for (let count = 0; count < 1000; count += 1) rows.append(20);
    expect(windowOf(rows, 5000, 400, 100)).toEqual({ from: 245, to: 276, top: 4900 });
    expect(windowOf(rows, 0, 400, 100)).toEqual({ from: 0, to: 26, top: 0 });
    expect(windowOf(rows, 1e9, 400, 100).to).toBe(1000);
  });

  it('is empty for an empty list', () => {
    expect(windowOf(new RowHeights(5), 0, 400, 100)).toEqual({ from: 0, to: 0, top: 0 });
  });

  it('stays quick with 100,000 rows', () => {
    const rows = new RowHeights(100_000);
    for (let count = 0; count < 100_000; count += 1) rows.append(20);
    const started = performance.now();
    for (let count = 0; count < 10_000; count += 1) windowOf(rows, count * 199, 800, 200);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('estimateHeight', () => {
  const measure = { wrap: true, columns: 80, prefix: 20, hang: 20 };
  it.each([
    ['', 20],
    ['x'.repeat(60), 20],
    ['x'.repeat(61), 40],
    ['x'.repeat(120), 40],
    ['x'.repeat(121), 60],
  ])('of a wrapped line %#', (text, height) => {
    expect(estimateHeight(line(text), measure)).toBe(height);
  });
  it('is one row without wrapping, and for what is no line', () => {
    expect(estimateHeight(line('x'.repeat(999)), { ...measure, wrap: false })).toBe(rowPx);
    expect(estimateHeight(undefined, measure)).toBe(rowPx);
  });
  it('is bounded for a line of any length', () => {
    expect(estimateHeight(line('x'.repeat(1e6)), measure)).toBeLessThan(20 * 80);
  });
});
