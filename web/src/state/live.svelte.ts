/** The tab's one live connection, bound to the browser: its socket, its timers, its visibility. */
import { LiveClient, type LiveStatus, type SocketLike } from '../live/client';
import { session } from './session.svelte';

/** A short interruption is nobody's concern; a longer one is said. */
const offAfterMs = 1500;

class Live {
  status: LiveStatus = $state('closed');
  /** True when the connection has been away for a noticeable time. */
  off = $state(false);
  readonly client = new LiveClient({
    openSocket: () => {
      const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
      return new WebSocket(`${scheme}//${location.host}/ws`) as unknown as SocketLike;
    },
    now: () => Date.now(),
    random: () => Math.random(),
    after: (delay, action) => window.setTimeout(action, delay),
    cancel: (handle) => window.clearTimeout(handle as number),
  });

  private offTimer = 0;
  private readonly backListeners = new Set<() => void>();
  private lostOnce = false;

  constructor() {
    this.client.onStatus = (status) => this.changed(status);
    this.client.onRefused = () => void session.check();
  }

  start(): void {
    window.addEventListener('online', () => this.client.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.client.retryNow();
    });
  }

  /** Calls when the connection is back after it was lost; answers how to stop that. */
  onBack(listener: () => void): () => void {
    this.backListeners.add(listener);
    return () => this.backListeners.delete(listener);
  }

  private changed(status: LiveStatus): void {
    this.status = status;
    if (status === 'open') {
      clearTimeout(this.offTimer);
      this.offTimer = 0;
      this.off = false;
      if (this.lostOnce) for (const listener of this.backListeners) listener();
      this.lostOnce = false;
    } else if (status === 'closed') {
      clearTimeout(this.offTimer);
      this.offTimer = 0;
      this.off = false;
    } else if (status === 'waiting') {
      this.lostOnce = true;
      if (this.offTimer === 0) {
        this.offTimer = window.setTimeout(() => (this.off = true), offAfterMs);
      }
    }
  }
}

export const live = new Live();
