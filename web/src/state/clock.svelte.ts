import { formatBetween } from '../format/format';
import { isOver } from '../format/status';

/** The time as the pages show it: `now` moves every second, `slow` every ten. */
class Clock {
  now = $state(Date.now());
  slow = $state(Date.now());

  start(): void {
    setInterval(() => {
      this.now = Date.now();
      if (this.now - this.slow >= 10_000) this.slow = this.now;
    }, 1000);
  }
}

export const clock = new Clock();

interface Timed {
  state: string;
  started_at?: string | null;
  finished_at?: string | null;
}

/** How long it took, or has taken by now; empty before its beginning, unknown where no end was seen. */
export function took(one: Timed, over = isOver(one.state)): string {
  return formatBetween(one.started_at, one.finished_at, over ? null : clock.now);
}
