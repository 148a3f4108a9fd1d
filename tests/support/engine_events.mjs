// The engine's own event stream, as a plain client sees it: the clock that our daemon is measured against.
import http from 'node:http';
import { until } from './wait.mjs';

export class EngineEvents {
  constructor(engine) {
    this.records = [];
    this.rest = '';
    this.opened = new Promise((resolve, reject) => {
      this.request = http.get({ socketPath: engine.socket, path: '/v1.41/events', agent: false }, (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk) => this.#feed(chunk));
        resolve(this);
      });
      this.request.on('error', reject);
    });
  }

  #feed(chunk) {
    const at = performance.now();
    this.rest += chunk;
    const lines = this.rest.split('\n');
    this.rest = lines.pop();
    for (const line of lines.filter(Boolean)) this.records.push({ ...JSON.parse(line), at });
  }

  find(action, id, { from = 0, timeoutMs = 10_000 } = {}) {
    return until(
      `the engine's ${action} event`,
      () => this.records.slice(from).find((event) => event.Action === action && event.Actor.ID === id),
      { everyMs: 1, timeoutMs },
    );
  }

  close() {
    this.request.destroy();
  }
}
