/**
 * One log subscription and what it brought, newest 100,000 lines. Lines that arrive within one
 * frame are shown together.
 */
import { ApiError } from '../api/client';
import type { LogRecord } from '../api/types';
import type { Subscription } from '../live/client';
import { entryOf } from '../logs/entries';
import { LogRing } from '../logs/ring';
import { live } from './live.svelte';

export interface LogFilter {
  project: string;
  services: string[];
  grep: string;
}

const batchMs = 33;
/** After this time without a line it is said that there is none. */
const quietMs = 1500;

export class LogFeed {
  readonly ring = new LogRing();
  /** Rises whenever the ring has changed. */
  version = $state(0);
  /** The names of the services that have written something here. */
  seen: string[] = $state.raw([]);
  settled = $state(false);
  error: ApiError | null = $state.raw(null);

  private subscription: Subscription | null = null;
  private timer = 0;
  private draws = 0;
  private quietTimer = 0;
  /** Up to here the server will not repeat anything. */
  private settledEnd = 0;
  private readonly names = new Set<string>();

  open(filter: LogFilter): void {
    this.close();
    this.ring.clear();
    this.settledEnd = this.ring.end;
    this.error = null;
    this.settled = false;
    this.draw();
    const params: Record<string, unknown> = { tail: 1000, timestamps: true, follow: true };
    if (filter.services.length > 0) params['service'] = filter.services;
    if (filter.grep !== '') params['grep'] = filter.grep;
    this.subscription = live.client.subscribe(
      { channel: 'logs', project: filter.project, params },
      {
        onEvent: (event, data, cursor) => this.receive(event, data, cursor !== undefined),
        // What came after the last cursor comes again.
        onResume: () => {
          this.ring.truncate(this.settledEnd);
          this.draw();
        },
        onError: (data) => this.failed(data),
      },
    );
    this.quietTimer = window.setTimeout(() => (this.settled = true), quietMs);
  }

  close(): void {
    this.subscription?.close();
    this.subscription = null;
    clearTimeout(this.timer);
    clearTimeout(this.quietTimer);
    this.timer = 0;
  }

  /** Empties the view; what comes after is shown. */
  clear(): void {
    this.ring.clear();
    this.settledEnd = this.ring.end;
    this.draw();
  }

  private receive(event: string, data: unknown, hasCursor: boolean): void {
    const entry = entryOf(event, data);
    if (entry === null) return;
    if (entry.kind === 'line') this.remember(entry.record);
    this.ring.push(entry);
    if (hasCursor) this.settledEnd = this.ring.end;
    if (this.timer === 0) this.timer = window.setTimeout(() => this.draw(), batchMs);
  }

  private remember(record: LogRecord): void {
    if (this.names.has(record.service) || this.names.size >= 200) return;
    this.names.add(record.service);
    this.seen = [...this.names].sort();
  }

  private failed(data: unknown): void {
    const problem = (data ?? {}) as Record<string, unknown>;
    const text = (name: string, fallback: string): string =>
      typeof problem[name] === 'string' ? (problem[name] as string) : fallback;
    const status = typeof problem['status'] === 'number' ? problem['status'] : 0;
    this.error = new ApiError(
      status,
      text('title', 'The log ended'),
      text('detail', text('message', '')),
    );
    this.settled = true;
  }

  private draw(): void {
    this.timer = 0;
    // Counted beside the rune: reading it here would tie an effect that opens a feed to it.
    this.draws += 1;
    this.version = this.draws;
  }
}
