/**
 * One WebSocket per tab that carries every live subscription. It reconnects by itself, takes each
 * subscription up again at its last cursor, and notices a connection that died in silence.
 * Knows the frames, not what they mean. Time, chance and the socket are given by the caller.
 */
import { parseFrame, type ServerFrame, type SubscriptionRequest } from './protocol';

export type LiveStatus = 'closed' | 'connecting' | 'open' | 'waiting';

export interface SocketLike {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface Surroundings {
  openSocket(): SocketLike;
  now(): number;
  random(): number;
  after(delayMs: number, action: () => void): unknown;
  cancel(handle: unknown): void;
}

export interface Handlers {
  /** `cursor` is the event's own place in its stream, where it has one. */
  onEvent(event: string, data: unknown, cursor?: string): void;
  /** The server refused or ended the subscription with an error. It is over then. */
  onError?(data: unknown): void;
  /**
   * The connection came back and the subscription was sent again. Everything after the last event
   * that had a cursor will come again.
   */
  onResume?(): void;
}

export interface Subscription {
  close(): void;
}

interface Entry {
  id: string;
  request: SubscriptionRequest;
  handlers: Handlers;
  sentBefore: boolean;
}

export const backoffFirstMs = 500;
export const backoffMostMs = 15_000;
/** The server sends a heartbeat every 15 s; two missed ones and a bit make a dead connection. */
export const silenceMaxMs = 35_000;
export const graceMs = 5_000;
const checkEveryMs = 5_000;

/** The wait before attempt n (from 0): doubled each time, with chance so that tabs spread out. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + random / 2));
}

export class LiveClient {
  status: LiveStatus = 'closed';
  /** Called at every change of `status`. */
  onStatus: (status: LiveStatus) => void = () => {};
  /** Called when the server did not let us in; the session may be over. */
  onRefused: () => void = () => {};

  private readonly entries = new Map<string, Entry>();
  private socket: SocketLike | null = null;
  private wanted = false;
  private attempt = 0;
  /** How often in a row we were not let in, or were sent away; what came between does not count. */
  private refusals = 0;
  private nextId = 1;
  private lastFrameAt = 0;
  private graceUntil: number | null = null;
  private retryTimer: unknown = null;
  private checkTimer: unknown = null;

  constructor(private readonly around: Surroundings) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    this.attempt = 0;
    this.refusals = 0;
    this.cancelTimers();
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      detach(socket);
      socket.close(1000);
    }
    this.setStatus('closed');
  }

  /** Tries at once instead of at the end of the wait; a person or the system says it may work. */
  retryNow(): void {
    if (this.status === 'waiting') {
      this.cancelTimers();
      this.connect();
    } else if (this.status === 'open') {
      this.checkSilence(true);
    }
  }

  subscribe(request: SubscriptionRequest, handlers: Handlers): Subscription {
    const id = `s${this.nextId}`;
    this.nextId += 1;
    const entry: Entry = { id, request: { ...request }, handlers, sentBefore: false };
    this.entries.set(id, entry);
    if (this.status === 'open') this.sendSubscribe(entry);
    return { close: () => this.unsubscribe(id) };
  }

  private unsubscribe(id: string): void {
    if (!this.entries.delete(id)) return;
    if (this.status === 'open') this.send({ op: 'unsubscribe', id });
  }

  private connect(): void {
    this.setStatus('connecting');
    let opened = false;
    let socket: SocketLike;
    try {
      socket = this.around.openSocket();
    } catch {
      this.lost(false);
      return;
    }
    this.socket = socket;
    socket.onopen = () => {
      opened = true;
      this.opened();
    };
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = (event) => {
      detach(socket);
      if (this.socket !== socket) return;
      this.socket = null;
      // 1008 and 4401 are how a server ends a connection whose session is over.
      this.lost(opened && event.code !== 1008 && event.code !== 4401);
    };
  }

  private opened(): void {
    this.lastFrameAt = this.around.now();
    this.graceUntil = null;
    this.setStatus('open');
    for (const entry of this.entries.values()) this.sendSubscribe(entry);
    this.scheduleCheck();
  }

  private lost(wasLetIn: boolean): void {
    this.cancelTimers();
    if (!this.wanted) return;
    this.setStatus('waiting');
    this.refusals = wasLetIn ? 0 : this.refusals + 1;
    this.attempt = Math.max(this.attempt, this.refusals - 1);
    const delay = backoffMs(this.attempt, this.around.random());
    this.attempt += 1;
    this.retryTimer = this.around.after(delay, () => this.connect());
    if (!wasLetIn) this.onRefused();
  }

  private received(text: unknown): void {
    this.lastFrameAt = this.around.now();
    this.graceUntil = null;
    this.attempt = 0;
    const frame = parseFrame(text);
    if (frame === null || frame.id === undefined) return;
    const entry = this.entries.get(frame.id);
    if (entry !== undefined) this.dispatch(entry, frame);
  }

  private dispatch(entry: Entry, frame: ServerFrame): void {
    if (frame.cursor !== undefined) entry.request.cursor = frame.cursor;
    if (frame.event === 'error') {
      this.entries.delete(entry.id);
      entry.handlers.onError?.(frame.data);
      return;
    }
    // After a deployment's end nothing follows: a reconnect must not ask for it again. Other
    // streams end with the server, and go on with it.
    if (frame.event === 'end' && entry.request.channel === 'deployment') this.entries.delete(entry.id);
    entry.handlers.onEvent(frame.event, frame.data, frame.cursor);
  }

  private sendSubscribe(entry: Entry): void {
    this.send({ op: 'subscribe', id: entry.id, ...entry.request });
    if (entry.sentBefore) entry.handlers.onResume?.();
    entry.sentBefore = true;
  }

  private send(message: unknown): void {
    try {
      this.socket?.send(JSON.stringify(message));
    } catch {
      // A socket that is closing throws; its close event brings the reconnect.
    }
  }

  private scheduleCheck(): void {
    this.checkTimer = this.around.after(checkEveryMs, () => {
      this.checkSilence(false);
      if (this.status === 'open') this.scheduleCheck();
    });
  }

  /** A sleeping tab sees its timers late, so silence is first answered with a ping and a grace. */
  private checkSilence(force: boolean): void {
    const now = this.around.now();
    if (this.graceUntil !== null) {
      if (now >= this.graceUntil) this.abandon();
      return;
    }
    if (!force && now - this.lastFrameAt < silenceMaxMs) return;
    this.graceUntil = now + graceMs;
    this.send({ op: 'ping' });
  }

  private abandon(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      detach(socket);
      socket.close();
    }
    this.lost(true);
  }

  private cancelTimers(): void {
    if (this.retryTimer !== null) this.around.cancel(this.retryTimer);
    if (this.checkTimer !== null) this.around.cancel(this.checkTimer);
    this.retryTimer = null;
    this.checkTimer = null;
  }

  private setStatus(status: LiveStatus): void {
    if (this.status === status) return;
    this.status = status;
    this.onStatus(status);
  }
}

function detach(socket: SocketLike): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
}
