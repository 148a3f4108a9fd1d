/**
 * The moving part of a log view: which rows are drawn, where, and whether the view follows the
 * end. It follows until a person scrolls up, keeps the place then, and counts what came after.
 */
import { tick } from 'svelte';
import { RowHeights, windowOf, type RowWindow } from './heights';
import type { LogRing } from './ring';
import { estimateHeight, type RowMeasure } from './rows';

const aroundPx = 400;
const atEndPx = 24;

export class LogScroller {
  rows: RowWindow = $state.raw({ from: 0, to: 0, top: 0 });
  total = $state(0);
  following = $state(true);
  /** Lines that came while the view did not follow. */
  fresh = $state(0);

  private readonly heights: RowHeights;
  private element: HTMLElement | null = null;
  private lastTop = 0;

  constructor(
    private readonly ring: LogRing,
    private measure: RowMeasure,
  ) {
    this.heights = new RowHeights(ring.entriesMax);
  }

  attach(element: HTMLElement): void {
    this.element = element;
  }

  /** Takes over what the ring has now. */
  sync(): void {
    const { ring, heights } = this;
    if (ring.first > heights.end) {
      heights.reset(ring.first);
      if (ring.size === 0) this.fresh = 0;
    }
    if (ring.end < heights.end) heights.truncate(ring.end);
    const added = ring.end - Math.max(heights.end, ring.first);
    for (let index = heights.end; index < ring.end; index += 1) {
      heights.append(estimateHeight(ring.at(index), this.measure));
    }
    const dropped = heights.dropBefore(ring.first);
    this.noticePerson();
    if (!this.following) {
      this.fresh += Math.max(0, added);
      if (dropped > 0) this.moveTo(Math.max(0, this.lastTop - dropped));
    }
    this.draw();
  }

  /** Lays every row out again, because the width or the wrapping changed. */
  relayout(measure: RowMeasure): void {
    this.measure = measure;
    const { heights, ring } = this;
    const anchor = heights.indexAt(this.lastTop);
    const within = this.lastTop - heights.offsetOf(anchor);
    heights.reset(ring.first);
    for (let index = ring.first; index < ring.end; index += 1) {
      heights.append(estimateHeight(ring.at(index), measure));
    }
    if (!this.following && ring.size > 0) this.moveTo(heights.offsetOf(anchor) + within);
    this.draw();
  }

  /** Called for every scroll event. */
  scrolled(): void {
    this.noticePerson();
    if (this.element === null) return;
    this.lastTop = this.element.scrollTop;
    this.drawRows();
  }

  /** A gesture upwards: stops following before the next lines can pull the view down again. */
  stopFollowing(): void {
    const { element } = this;
    if (element !== null && element.scrollHeight > element.clientHeight + 1) this.following = false;
  }

  follow(): void {
    this.following = true;
    this.fresh = 0;
    this.draw();
  }

  /** Corrects the heights of the rows that are drawn by what the browser made of them. */
  measured(pairs: (readonly [number, number])[]): void {
    const anchor = this.heights.indexAt(this.lastTop);
    const within = this.lastTop - this.heights.offsetOf(anchor);
    if (!this.heights.correct(pairs)) return;
    if (!this.following) this.moveTo(this.heights.offsetOf(anchor) + within);
    this.draw();
  }

  private noticePerson(): void {
    const { element } = this;
    if (element === null) return;
    const top = element.scrollTop;
    const atEnd = element.scrollHeight - top - element.clientHeight <= atEndPx;
    if (this.following && !atEnd && top < this.lastTop - 2) this.following = false;
    else if (!this.following && atEnd && top > this.lastTop) {
      this.following = true;
      this.fresh = 0;
    }
  }

  private draw(): void {
    this.total = this.heights.total;
    this.drawRows();
    if (this.following) void tick().then(() => this.toEnd());
  }

  private drawRows(): void {
    const height = this.element?.clientHeight ?? 0;
    const top = this.following ? Math.max(0, this.heights.total - height) : this.lastTop;
    const next = windowOf(this.heights, top, height, aroundPx);
    const { from, to, top: offset } = this.rows;
    if (next.from !== from || next.to !== to || next.top !== offset) this.rows = next;
  }

  private toEnd(): void {
    const { element } = this;
    if (element === null || !this.following) return;
    element.scrollTop = element.scrollHeight;
    this.lastTop = element.scrollTop;
  }

  /** The spacer must have its new height before the browser accepts the position. */
  private moveTo(top: number): void {
    this.lastTop = top;
    void tick().then(() => {
      if (this.element !== null && !this.following) {
        this.element.scrollTop = top;
        this.lastTop = this.element.scrollTop;
      }
    });
  }
}
