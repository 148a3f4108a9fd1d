import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deployment } from '../api/types';
import { DeploymentWatch } from './deployment.svelte';
import { live } from './live.svelte';
import { session } from './session.svelte';

class FakeSocket {
  static all: FakeSocket[] = [];
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {}
  /** The subscriptions that the server would still serve. */
  get open(): unknown[] {
    const ids = new Set<unknown>();
    for (const { op, id } of this.sent) {
      if (op === 'subscribe') ids.add(id);
      if (op === 'unsubscribe') ids.delete(id);
    }
    return [...ids];
  }
}

class FakeEventSource {
  static readonly CLOSED = 2;
  static all: FakeEventSource[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly listeners = new Map<string, (event: { data: string }) => void>();
  constructor() {
    FakeEventSource.all.push(this);
  }
  addEventListener(name: string, listener: (event: { data: string }) => void): void {
    this.listeners.set(name, listener);
  }
  send(name: string, data: unknown): void {
    this.listeners.get(name)?.({ data: JSON.stringify(data) });
  }
  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }
  refuse(): void {
    this.readyState = FakeEventSource.CLOSED;
    this.onerror?.();
  }
}

let me: number;
let record: number;
let cancels: number;
let state: string | undefined;
let watch: DeploymentWatch;

beforeEach(async () => {
  me = 200;
  record = 500;
  FakeSocket.all = [];
  FakeEventSource.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('location', { protocol: 'http:', host: 'itsup.test' });
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('EventSource', FakeEventSource);
  cancels = 0;
  state = undefined;
  vi.stubGlobal('fetch', (path: string) => {
    if (path.endsWith('/cancel')) cancels += 1;
    const status = path === '/auth/me' ? me : record;
    return Promise.resolve(new Response(JSON.stringify({ name: 'admin', role: 'admin', id: 'd1', state, steps: [] }), { status }));
  });
  session.start();
  await session.check();
  live.client.start();
  watch = new DeploymentWatch('d1');
});
afterEach(() => {
  watch.stop();
  live.client.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('DeploymentWatch', () => {
  it('watches once, however often it is started, and not at all after its end', async () => {
    const socket = FakeSocket.all[0]!;
    socket.onopen?.();
    for (let tries = 0; tries < 3; tries += 1) await watch.start();
    expect(watch.error?.status).toBe(500);
    expect(socket.open).toHaveLength(1);
    watch.stop();
    expect(socket.open).toHaveLength(0);
  });

  it('opens one stream where the live connection cannot be had', async () => {
    for (let tries = 0; tries < 3; tries += 1) await watch.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it('asks whether the session is over when its stream is refused', async () => {
    await watch.start();
    await vi.advanceTimersByTimeAsync(3_000);
    me = 401;
    FakeEventSource.all[0]!.refuse();
    await vi.advanceTimersByTimeAsync(0);
    expect(session).toMatchObject({ state: 'out', expired: true });
  });

  it('asks for a refused stream again, each time later, until it is back', async () => {
    await watch.start();
    await vi.advanceTimersByTimeAsync(3_000);
    for (let refusals = 1; refusals <= 4; refusals += 1) {
      FakeEventSource.all.at(-1)!.refuse();
      expect(watch.lost).toBe(true);
      await vi.advanceTimersByTimeAsync(200);
      expect(FakeEventSource.all).toHaveLength(refusals);
      await vi.advanceTimersByTimeAsync(20_000);
      expect(FakeEventSource.all).toHaveLength(refusals + 1);
    }
    expect(session.state).toBe('in');
    const source = FakeEventSource.all.at(-1)!;
    source.onopen?.();
    expect(watch.lost).toBe(false);
    source.send('end', { id: 'd1', state: 'failed', steps: [] });
    expect(watch.deployment?.state).toBe('failed');
    watch.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeEventSource.all).toHaveLength(5);
  });

  it('goes on over the live connection once that is back', async () => {
    await watch.start();
    const first = FakeSocket.all[0]!;
    first.onopen?.();
    first.onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(3_000);
    FakeEventSource.all[0]!.refuse();
    const socket = FakeSocket.all.at(-1)!;
    expect(socket).not.toBe(first);
    socket.onopen?.();
    expect(socket.open).toHaveLength(1);
    const id = socket.sent.find(({ op }) => op === 'subscribe')?.['id'];
    const data = { id: 'd1', state: 'succeeded', steps: [] };
    socket.onmessage?.({ data: JSON.stringify({ id, event: 'end', data }) });
    expect(watch).toMatchObject({ lost: false, deployment: { state: 'succeeded' } });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeEventSource.all).toHaveLength(1);
  });

  it('asks once to cancel what is pressed twice, and tells a refusal', async () => {
    const first = watch.cancel();
    expect(watch.cancelling).toBe(true);
    await watch.cancel();
    await first;
    expect(cancels).toBe(1);
    expect(watch).toMatchObject({ cancelling: false, cancelError: { status: 500 } });
  });

  it('asks no more to cancel what is being cancelled', async () => {
    const deployment = { id: 'd1', state: 'cancelling', steps: [] } as unknown as Deployment;
    watch = new DeploymentWatch('d1', deployment);
    await watch.cancel();
    expect(cancels).toBe(0);
  });

  it('takes over the answer that it is being cancelled', async () => {
    [record, state] = [202, 'cancelling'];
    const deployment = { id: 'd1', state: 'running', steps: [] } as unknown as Deployment;
    watch = new DeploymentWatch('d1', deployment);
    await watch.cancel();
    expect(watch).toMatchObject({ cancelling: true, lost: false, cancelError: null });
    await watch.cancel();
    expect(cancels).toBe(1);
  });

  it('tells an end that it reads while its stream is refused, and tries that once more', async () => {
    const ended = vi.fn();
    watch.onEnd = ended;
    [record, state] = [200, 'running'];
    await watch.start();
    await vi.advanceTimersByTimeAsync(3_000);
    state = 'succeeded';
    FakeEventSource.all[0]!.refuse();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeEventSource.all).toHaveLength(2);
    FakeEventSource.all[1]!.refuse();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeEventSource.all).toHaveLength(2);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(watch).toMatchObject({ lost: true, deployment: { state: 'succeeded' } });
  });

  it('asks no more for a record that is gone', async () => {
    await watch.start();
    await vi.advanceTimersByTimeAsync(3_000);
    record = 404;
    FakeEventSource.all[0]!.refuse();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeEventSource.all).toHaveLength(1);
  });
});

it('asks for a new login when the server closes the live connection with the session', async () => {
  FakeSocket.all[0]!.onopen?.();
  me = 401;
  FakeSocket.all[0]!.onclose?.({ code: 1008 });
  await vi.advanceTimersByTimeAsync(0);
  expect(session).toMatchObject({ state: 'out', expired: true });
});
