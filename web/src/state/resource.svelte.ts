/** One thing that a page reads from the server: data, error, and whether a first answer is due. */
import { ApiError } from '../api/client';

export class Resource<T> {
  data: T | null = $state.raw(null);
  error: ApiError | null = $state.raw(null);
  loading = $state(true);

  private abort: AbortController | null = null;
  private timer = 0;

  constructor(private readonly load: (signal: AbortSignal) => Promise<T>) {}

  /** Reads again; what is shown stays until the answer is here. The last call wins. */
  async refresh(): Promise<void> {
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    try {
      const data = await this.load(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error =
        error instanceof ApiError ? error : new ApiError(0, 'The page failed', String(error));
    }
    this.loading = false;
  }

  /** What came another way, newer than any answer that is still due. */
  take(data: T): void {
    this.abort?.abort();
    this.data = data;
    this.error = null;
    this.loading = false;
  }

  /** Reads again a little later; calls in between are one. */
  refreshSoon(delayMs = 120): void {
    if (this.timer !== 0) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.refresh();
    }, delayMs);
  }

  stop(): void {
    this.abort?.abort();
    clearTimeout(this.timer);
  }
}
