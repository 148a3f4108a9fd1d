/** What the daemon says about itself. Asked seldom while all is well, often while it is not. */
import { get } from '../api/client';
import type { Health } from '../api/types';

const calmMs = 60_000;
const worriedMs = 5_000;

class HealthState {
  value: Health | null = $state.raw(null);
  readonly engineAway: string | null = $derived(this.problemOf('docker'));

  private timer = 0;
  private running = false;
  private lastAsked = 0;

  start(): void {
    this.running = true;
    void this.ask();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Asks soon, for something hints at a change; many hints make one request. */
  hint(): void {
    if (!this.running) return;
    clearTimeout(this.timer);
    const wait = Math.max(0, 1000 - (Date.now() - this.lastAsked));
    this.timer = window.setTimeout(() => void this.ask(), wait);
  }

  /** The detail of a check that is not well; null when it is, or when nothing is known. */
  problemOf(check: keyof Health['checks']): string | null {
    const found = this.value?.checks[check];
    if (found === undefined || found.status === 'ok') return null;
    return found.detail || 'no reason given';
  }

  private async ask(): Promise<void> {
    this.lastAsked = Date.now();
    try {
      this.value = await get<Health>('/health');
    } catch {
      // That nothing answers is told by the live connection's banner.
    }
    if (!this.running) return;
    clearTimeout(this.timer);
    const wait = this.value?.status === 'ok' ? calmMs : worriedMs;
    this.timer = window.setTimeout(() => void this.ask(), wait);
  }
}

export const health = new HealthState();
