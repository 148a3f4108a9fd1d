/**
 * Where each row of a virtual list lies. Rows have stable indexes (those of a LogRing); the first
 * held row is at offset 0. Lookup is a binary search; a correction costs one pass over what follows.
 */
export class RowHeights {
  private readonly tops: Float64Array;
  private first_ = 0;
  private end_ = 0;
  private bottom = 0;

  constructor(private readonly rowsMax: number) {
    this.tops = new Float64Array(rowsMax);
  }

  get first(): number {
    return this.first_;
  }

  get end(): number {
    return this.end_;
  }

  /** The height of all held rows. */
  get total(): number {
    return this.end_ === this.first_ ? 0 : this.bottom - this.topOf(this.first_);
  }

  /** Empties it and lets indexes start at `first`. */
  reset(first: number): void {
    this.first_ = first;
    this.end_ = first;
    this.bottom = 0;
  }

  append(height: number): void {
    if (this.end_ - this.first_ === this.rowsMax) this.first_ += 1;
    this.tops[this.end_ % this.rowsMax] = this.bottom;
    this.end_ += 1;
    this.bottom += height;
  }

  /** Forgets the rows before `first`; answers how much higher everything else lies now. */
  dropBefore(first: number): number {
    const target = Math.min(Math.max(first, this.first_), this.end_);
    const dropped = this.edge(target) - this.edge(this.first_);
    this.first_ = target;
    return dropped;
  }

  /** Forgets the rows from `end` on. */
  truncate(end: number): void {
    const target = Math.min(Math.max(end, this.first_), this.end_);
    this.bottom = this.edge(target);
    this.end_ = target;
  }

  offsetOf(index: number): number {
    return this.edge(index) - this.edge(this.first_);
  }

  heightOf(index: number): number {
    return this.edge(index + 1) - this.edge(index);
  }

  /** Corrects heights that were measured. Pairs must be in rising order of index. */
  correct(pairs: readonly (readonly [number, number])[]): boolean {
    const real = pairs.filter(
      ([index, height]) =>
        index >= this.first_ && index < this.end_ && Math.abs(this.heightOf(index) - height) > 0.5,
    );
    const from = real[0]?.[0];
    if (from === undefined) return false;
    const wanted = new Map(real);
    let top = this.topOf(from);
    let shift = 0;
    for (let index = from; index < this.end_; index += 1) {
      const old = this.edge(index + 1) - this.topOf(index);
      this.tops[index % this.rowsMax] = top;
      const height = wanted.get(index);
      top += height ?? old;
      if (height !== undefined) shift += height - old;
    }
    this.bottom += shift;
    return true;
  }

  /** The row at an offset from the first one; clamped to what is held. */
  indexAt(offset: number): number {
    const wanted = this.edge(this.first_) + offset;
    let low = this.first_;
    let high = this.end_ - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.topOf(middle) <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private topOf(index: number): number {
    return this.tops[index % this.rowsMax]!;
  }

  private edge(index: number): number {
    return index >= this.end_ ? this.bottom : this.topOf(index);
  }
}

export interface RowWindow {
  from: number;
  to: number;
  /** Offset of row `from`. */
  top: number;
}

/** Which rows to draw for a scroll position: those in view and some pixels around them. */
export function windowOf(
  heights: RowHeights,
  scrollTop: number,
  viewHeight: number,
  around: number,
): RowWindow {
  if (heights.end === heights.first) return { from: heights.first, to: heights.first, top: 0 };
  const from = heights.indexAt(Math.max(0, scrollTop - around));
  const to = heights.indexAt(Math.max(0, scrollTop) + viewHeight + around) + 1;
  return { from, to, top: heights.offsetOf(from) };
}
