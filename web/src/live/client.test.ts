import { beforeEach, describe, expect, it, vi } from 'vitest';
import { backoffMs, backoffMostMs, LiveClient, type SocketLike } from './client';

class FakeSocket implements SocketLike {
  sent: Record<string, unknown>[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  frame(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drop(code = 1006): void {
    this.onclose?.({ code });
  }
}

class World {
  time = 0;
  sockets: FakeSocket[] = [];
  private timers: { at: number; action: () => void }[] = [];
  openSocket = (): FakeSocket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  now = (): number => this.time;
  random = (): number => 1;
  after = (delay: number, action: () => void): unknown => {
    const timer = { at: this.time + delay, action };
    this.timers.push(timer);
    return timer;
  };
  cancel = (handle: unknown): void => {
    this.timers = this.timers.filter((timer) => timer !== handle);
  };
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.cancel(due);
      this.time = due.at;
      due.action();
    }
    this.time = end;
  }
  get last(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }
}

let world: World;
let client: LiveClient;
beforeEach(() => {
  world = new World();
  client = new LiveClient(world);
});

function handlers() {
  return { onEvent: vi.fn(), onError: vi.fn(), onResume: vi.fn() };
}

describe('LiveClient', () => {
  it('sends a subscription made before the socket opened', () => {
    client.subscribe({ channel: 'logs', project: 'web', params: { tail: 500 } }, handlers());
    client.start();
    expect(world.last.sent).toEqual([]);
    world.last.onopen?.();
    expect(world.last.sent).toEqual([
      { op: 'subscribe', id: 's1', channel: 'logs', project: 'web', params: { tail: 500 } },
    ]);
  });

  it('takes a subscription up again at its last cursor', () => {
    const watcher = handlers();
    client.subscribe({ channel: 'logs', project: 'web' }, watcher);
    client.start();
    world.last.onopen?.();
    world.last.frame({ id: 's1', event: 'line', cursor: 'c1', data: { line: 'a' } });
    world.last.frame({ id: 's1', event: 'line', cursor: 'c2', data: { line: 'b' } });
    world.last.drop();
    world.advance(20_000);
    expect(world.sockets).toHaveLength(2);
    world.last.onopen?.();
    expect(world.last.sent[0]).toMatchObject({ op: 'subscribe', id: 's1', cursor: 'c2' });
    expect(watcher.onResume).toHaveBeenCalledTimes(1);
  });

  it('keeps the cursor over a connection that brought nothing', () => {
    client.subscribe({ channel: 'logs' }, handlers());
    client.start();
    world.last.onopen?.();
    world.last.frame({ id: 's1', event: 'line', cursor: 'c7', data: {} });
    for (let round = 0; round < 3; round += 1) {
      world.last.drop();
      world.advance(20_000);
      world.last.onopen?.();
      expect(world.last.sent[0]).toMatchObject({ cursor: 'c7' });
    }
  });

  it('does not ask again for what has ended, failed or been closed', () => {
    const failing = handlers();
    client.subscribe({ channel: 'deployment', deployment: 'd' }, handlers());
    client.subscribe({ channel: 'logs', project: 'gone' }, failing);
    const third = client.subscribe({ channel: 'events' }, handlers());
    client.start();
    world.last.onopen?.();
    world.last.frame({ id: 's1', event: 'end', data: {} });
    world.last.frame({ id: 's2', event: 'error', data: { status: 404 } });
    third.close();
    expect(failing.onError).toHaveBeenCalledWith({ status: 404 });
    expect(world.last.sent.at(-1)).toEqual({ op: 'unsubscribe', id: 's3' });
    world.last.drop();
    world.advance(20_000);
    world.last.onopen?.();
    expect(world.last.sent).toEqual([]);
  });

  it('goes on with a log that ended because the server did', () => {
    client.subscribe({ channel: 'logs', project: 'web' }, handlers());
    client.start();
    world.last.onopen?.();
    world.last.frame({ id: 's1', event: 'line', cursor: 'c1', data: {} });
    world.last.frame({ id: 's1', event: 'end', data: null });
    world.last.drop(1001);
    world.advance(20_000);
    world.last.onopen?.();
    expect(world.last.sent[0]).toMatchObject({ id: 's1', cursor: 'c1' });
  });

  it('waits longer each time, with chance, up to a limit', () => {
    expect(backoffMs(0, 1)).toBe(500);
    expect(backoffMs(0, 0)).toBe(250);
    expect(backoffMs(3, 1)).toBe(4000);
    expect(backoffMs(50, 1)).toBe(backoffMostMs);
  });

  it('backs off while a server accepts and closes at once', () => {
    client.start();
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = world.time;
      const count = world.sockets.length;
      world.last.onopen?.();
      world.last.drop();
      while (world.sockets.length === count) world.advance(10);
      waits.push(world.time - before);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000]);
  });

  it('pings a silent connection and leaves it when nothing answers', () => {
    client.start();
    world.last.onopen?.();
    world.advance(34_000);
    expect(world.last.sent).toEqual([]);
    world.advance(2_000);
    expect(world.last.sent).toEqual([{ op: 'ping' }]);
    const first = world.last;
    world.advance(12_000);
    expect(first.closed).toBe(true);
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  it('keeps a connection that answers the ping', () => {
    client.start();
    world.last.onopen?.();
    for (let round = 0; round < 10; round += 1) {
      world.advance(15_000);
      world.last.frame({ event: 'heartbeat' });
    }
    expect(world.sockets).toHaveLength(1);
    expect(client.status).toBe('open');
  });

  it('says so when it was not let in', () => {
    client.onRefused = vi.fn();
    client.start();
    world.last.drop();
    expect(client.onRefused).toHaveBeenCalledTimes(1);
    expect(client.status).toBe('waiting');
  });

  it.each([1008, 4401])('asks whether the session is over when it is closed with %d', (code) => {
    client.onRefused = vi.fn(() => client.stop());
    client.start();
    world.last.onopen?.();
    world.last.frame({ event: 'heartbeat' });
    world.last.drop(code);
    expect(client.onRefused).toHaveBeenCalledTimes(1);
    world.advance(120_000);
    expect(world.sockets).toHaveLength(1);
    expect(client.status).toBe('closed');
  });

  it('backs off while it is sent away each time, though frames came between', () => {
    client.start();
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = world.time;
      const count = world.sockets.length;
      world.last.onopen?.();
      world.last.frame({ event: 'heartbeat' });
      world.last.drop(1008);
      while (world.sockets.length === count) world.advance(10);
      waits.push(world.time - before);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000]);
  });

  it('tries at once when asked to', () => {
    client.start();
    world.last.drop();
    client.retryNow();
    expect(world.sockets).toHaveLength(2);
    world.advance(60_000);
    expect(world.sockets).toHaveLength(2);
  });

  it('is quiet after stop', () => {
    const watcher = handlers();
    client.subscribe({ channel: 'events' }, watcher);
    client.start();
    world.last.onopen?.();
    client.stop();
    world.advance(120_000);
    expect(world.sockets).toHaveLength(1);
    expect(world.last.closed).toBe(true);
  });

  it('survives frames that are not frames', () => {
    const watcher = handlers();
    client.subscribe({ channel: 'events' }, watcher);
    client.start();
    world.last.onopen?.();
    for (const text of ['', 'null', '[]', '{"id":"s1"}', '{', '{"id":"other","event":"x"}', '1']) {
      world.last.onmessage?.({ data: text });
    }
    world.last.onmessage?.({ data: new ArrayBuffer(2) });
    expect(watcher.onEvent).not.toHaveBeenCalled();
  });
});
