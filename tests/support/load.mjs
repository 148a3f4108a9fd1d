// A load generator that counts every request: answered as expected, or failed and why.
//
// Open loop: a request is due every 1/rate seconds whether or not earlier ones have been answered, so
// a stall shows as latency and time-outs and not as less load. Traffic stays on this machine: callers
// pass an address of their own namespace.
import http from 'node:http';
import https from 'node:https';

export class Load {
  /**
   * @param {object} options
   *   url        what to ask for
   *   rate       requests a second
   *   keepAlive  reuse connections (else a new one for each request)
   *   headers    for instance Host; servername is taken from it
   *   timeoutMs  after which a request has failed
   *   expect     (status, body) => true when the answer is right
   */
  constructor({ url, rate = 200, keepAlive = true, headers = {}, timeoutMs = 5_000, expect = (status) => status === 200, method = 'GET' }) {
    this.url = new URL(url);
    this.rate = rate;
    this.timeoutMs = timeoutMs;
    this.expect = expect;
    this.method = method;
    this.headers = keepAlive ? headers : { ...headers, Connection: 'close' };
    this.client = this.url.protocol === 'https:' ? https : http;
    this.agent = new this.client.Agent({ keepAlive, maxSockets: 512, maxFreeSockets: 64, rejectUnauthorized: false });
    this.sent = 0;
    this.good = 0;
    this.failed = 0;
    this.repeated = 0;
    this.reasons = new Map();
    this.bodies = new Map();
    this.latencies = [];
    this.pending = new Set();
    this.running = false;
  }

  start() {
    this.running = true;
    this.startedAt = performance.now();
    this.timer = setInterval(() => this.#sendDue(), 5);
    return this;
  }

  #sendDue() {
    const due = Math.floor(((performance.now() - this.startedAt) / 1000) * this.rate);
    // After a pause of our own process, at most a second's worth is made up for.
    while (this.sent < due && this.pending.size < this.rate * 10) this.#send();
  }

  #send() {
    this.sent += 1;
    const done = this.#request(performance.now(), true).finally(() => this.pending.delete(done));
    this.pending.add(done);
  }

  #request(startedAt, mayRepeat) {
    return new Promise((resolve) => {
      let settled = false;
      const settle = (reason, body) => {
        if (settled) return;
        settled = true;
        this.#record(startedAt, reason, body);
        resolve();
      };
      const request = this.client.request(
        this.url,
        {
          method: this.method,
          headers: this.headers,
          // The repeat gets a connection of its own: the server may have closed all idle ones at once.
          agent: mayRepeat ? this.agent : false,
          rejectUnauthorized: false,
          servername: this.headers.Host,
          timeout: this.timeoutMs,
        },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (chunk) => (body += chunk));
          response.on('end', () => settle(this.expect(response.statusCode, body) ? null : `status ${response.statusCode}`, body));
          response.on('error', (error) => settle(error.code ?? error.message));
          response.on('aborted', () => settle('aborted'));
        },
      );
      request.on('timeout', () => {
        settle('timeout');
        request.destroy();
      });
      request.on('error', (error) => {
        // The server may close an idle connection just as we reuse it; every client repeats that one
        // (RFC 9112 section 9.3.1). Counted apart, never hidden.
        if (mayRepeat && !settled && request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code)) {
          settled = true;
          this.repeated += 1;
          this.#request(startedAt, false).then(resolve);
          return;
        }
        settle(`${error.code ?? error.message}${request.reusedSocket ? ' on an idle connection' : ''}`);
      });
      request.end();
    });
  }

  #record(startedAt, reason, body) {
    if (reason === null) {
      this.good += 1;
      this.latencies.push(performance.now() - startedAt);
      const key = (body ?? '').slice(0, 40).split(' on ')[0];
      this.bodies.set(key, (this.bodies.get(key) ?? 0) + 1);
    } else {
      this.failed += 1;
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    }
  }

  /** Stops sending, waits for the answers still due, and returns the result. */
  async stop() {
    clearInterval(this.timer);
    this.running = false;
    await Promise.all(this.pending);
    this.agent.destroy();
    return this.result();
  }

  result() {
    const sorted = Float64Array.from(this.latencies).sort();
    const at = (q) => (sorted.length ? Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))].toFixed(1)) : null);
    return {
      sent: this.sent,
      good: this.good,
      failed: this.failed,
      repeated: this.repeated,
      reasons: Object.fromEntries(this.reasons),
      bodies: Object.fromEntries(this.bodies),
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
    };
  }
}
