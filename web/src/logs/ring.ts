/**
 * What a log view holds: the newest entries, bounded in number and in characters, each under an
 * index that never changes while it is held. The oldest make room.
 */
import type { LogRecord } from '../api/types';

export type Entry =
  | { kind: 'line'; record: LogRecord }
  | { kind: 'gap'; skipped: number; time: string | null }
  | { kind: 'marker'; text: string; tone: 'info' | 'bad' | 'good'; time: string | null; service: string };

/** What an entry costs beside its text, so that a flood of empty lines is bounded as well. */
const entryCost = 64;

function costOf(entry: Entry): number {
  if (entry.kind === 'line') return entry.record.line.length + entryCost;
  return entryCost;
}

export class LogRing {
  private slots: (Entry | undefined)[] = [];
  private first_ = 0;
  private end_ = 0;
  private cost = 0;

  constructor(
    readonly entriesMax = 100_000,
    readonly costMax = 32_000_000,
  ) {}

  /** Index of the oldest entry that is held. */
  get first(): number {
    return this.first_;
  }

  /** One past the index of the newest entry. */
  get end(): number {
    return this.end_;
  }

  get size(): number {
    return this.end_ - this.first_;
  }

  at(index: number): Entry | undefined {
    if (index < this.first_ || index >= this.end_) return undefined;
    return this.slots[index % this.entriesMax];
  }

  push(entry: Entry): void {
    if (this.size === this.entriesMax) this.dropFirst();
    this.slots[this.end_ % this.entriesMax] = entry;
    this.end_ += 1;
    this.cost += costOf(entry);
    while (this.cost > this.costMax && this.size > 1) this.dropFirst();
  }

  /** Takes back the newest entries, from index `end` on. */
  truncate(end: number): void {
    while (this.end_ > Math.max(end, this.first_)) {
      this.end_ -= 1;
      const slot = this.end_ % this.entriesMax;
      const entry = this.slots[slot];
      if (entry !== undefined) this.cost -= costOf(entry);
      this.slots[slot] = undefined;
    }
  }

  /** Empties it; indexes go on, so that no old index means a new entry. */
  clear(): void {
    this.slots = [];
    this.first_ = this.end_;
    this.cost = 0;
  }

  private dropFirst(): void {
    const slot = this.first_ % this.entriesMax;
    const entry = this.slots[slot];
    if (entry !== undefined) this.cost -= costOf(entry);
    this.slots[slot] = undefined;
    this.first_ += 1;
  }
}
