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
