// A watcher whose connection is cut again and again: with the cursor that it had it loses no line and gets none twice.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { chatter } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const cuts = 40;
let api;

before(async () => {
  const compose = { services: { ticker: chatter({ intervalMs: 20 }), other: chatter({ intervalMs: 7 }) } };
  ({ api } = await scene((r) => r.project('clock', { compose, ingress: { enabled: true } })));
  const deployment = await api.deploy('clock');
  assert.equal(deployment.state, 'succeeded', JSON.stringify(deployment.error));
});

// What a page keeps: everything up to the last frame with a cursor; what came after it comes again.
class Keeper {
  constructor(params) {
    this.params = params;
    this.records = [];
    this.settled = 0;
    this.cursor = undefined;
  }

  async follow(stop) {
    this.records.length = this.settled;
    const socket = await api.websocket('/ws').opened;
    socket.send(JSON.stringify({ op: 'subscribe', id: 'a', channel: 'logs', project: 'clock', params: this.params, cursor: this.cursor }));
    let at = 0;
    const take = () => {
      for (; at < socket.messages.length; at += 1) {
        const frame = JSON.parse(socket.messages[at].text);
        assert.notEqual(frame.event, 'error', socket.messages[at].text);
        if (frame.event !== 'line') continue;
        this.records.push(frame.data);
        if (frame.cursor === undefined) continue;
        this.cursor = frame.cursor;
        this.settled = this.records.length;
      }
    };
    await until('the moment to cut', () => {
      take();
      return stop(at);
    });
    socket.close();
    take();
  }
}

const numbersOf = (records, service) =>
  records.filter((record) => record.service === service).map((record) => Number(/line (\d+) at/.exec(record.line)[1]));

function assertWhole(numbers, what) {
  const sorted = [...numbers].sort((a, b) => a - b);
  for (let at = 1; at < sorted.length; at += 1) assert.equal(sorted[at], sorted[at - 1] + 1, `${what}: after ${sorted[at - 1]}`);
}

for (const services of [['ticker'], ['ticker', 'other']]) {
  test(`${cuts} cuts lose no line and repeat none: ${services}`, async () => {
    const keeper = new Keeper({ tail: 200, service: services });
    for (let cut = 0; cut < cuts; cut += 1) {
      const wanted = 1 + ((cut * 7) % 23);
      await keeper.follow((frames) => frames >= wanted);
    }
    for (const service of services) {
      const numbers = numbersOf(keeper.records, service);
      assert.ok(numbers.length > 50, `${numbers.length} lines of ${service}`);
      assertWhole(numbers, service);
    }
  });
}
