// A client of the HTTP contract: JSON in and out, and the four shapes of a stream.
import http from 'node:http';
import WebSocket from 'ws';
import { route } from './validating_proxy.mjs';
import { until } from './wait.mjs';

export class Api {
  /** `base` is the daemon itself; requests that a `proxy` can validate go through it. */
  constructor({ base, token, proxy }) {
    this.base = base;
    this.token = token;
    this.proxy = proxy;
  }

  /** The same daemon for a caller without credentials. */
  anyone() {
    return new Api({ base: this.base, proxy: this.proxy });
  }

  headers(extra = {}) {
    return this.token ? { Authorization: `Bearer ${this.token}`, ...extra } : { ...extra };
  }

  /** One request. Resolves {status, headers, body}; body is JSON when the answer says so. */
  async request(method, path, { body, headers = {}, timeoutMs = 15_000 } = {}) {
    const { base, extra, accept } = await route(this, { method, path, body, headers });
    const response = await fetch(base + path, {
      method,
      headers: { ...this.headers(body === undefined ? headers : { 'Content-Type': 'application/json', ...headers }), ...extra },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return accept({ status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text });
  }

  /** GET that must answer 200; resolves the body. */
  async get(path) {
    const answer = await this.request('GET', path);
    if (answer.status !== 200) throw new Error(`GET ${path} → ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  post(path, body, options = {}) {
    return this.request('POST', path, { body, ...options });
  }

  project(name) {
    return this.get(`/projects/${name}`);
  }

  /** Starts a job (deploy, restart …) and waits until it is over; resolves the Deployment. */
  async job(path, body = {}, { timeoutMs = 120_000 } = {}) {
    const answer = await this.post(path, body);
    if (answer.status !== 202) throw new Error(`POST ${path} → ${answer.status} ${JSON.stringify(answer.body)}`);
    return this.finished(answer.headers.get('location') ?? `/deployments/${answer.body.id}`, { timeoutMs });
  }

  finished(location, { timeoutMs = 120_000 } = {}) {
    const over = ['succeeded', 'failed', 'cancelled', 'interrupted'];
    return until(
      `${location} to finish`,
      async () => {
        const deployment = await this.get(location);
        return over.includes(deployment.state) && deployment;
      },
      { timeoutMs, everyMs: 100 },
    );
  }

  deploy(name, body = {}, options) {
    return this.job(`/projects/${name}/deploy`, body, options);
  }

  stream(path, accept, options) {
    return new Stream(this, path, accept, options);
  }

  websocket(path, { headers = {} } = {}) {
    const socket = new WebSocket(this.base.replace(/^http/, 'ws') + path, { headers: this.headers(headers) });
    socket.messages = [];
    socket.on('message', (data) => socket.messages.push({ at: performance.now(), text: data.toString() }));
    socket.opened = new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
      socket.once('unexpected-response', (_, response) => reject(new Error(`status ${response.statusCode}`)));
    });
    return socket;
  }
}

/** A response that goes on: `records` fills while it is read. Close it when done. */
export class Stream {
  constructor(api, path, accept = 'text/event-stream', { headers = {} } = {}) {
    this.records = [];
    this.status = undefined;
    this.headers = undefined;
    this.accept = accept;
    this.ended = false;
    this.rest = '';
    this.onRecord = undefined;
    this.started = new Promise((resolve, reject) => {
      this.request = http.get(api.base + path, { agent: false, headers: api.headers({ Accept: accept, ...headers }) }, (response) => {
        this.status = response.statusCode;
        this.headers = response.headers;
        this.response = response;
        response.setEncoding('utf8');
        response.on('data', (chunk) => this.#feed(chunk));
        response.on('close', () => (this.ended = true));
        resolve(this);
      });
      this.request.on('error', (error) => {
        this.ended = true;
        reject(error);
      });
    });
    this.started.catch(() => {});
  }

  #feed(chunk) {
    this.rest += chunk;
    const separator = this.accept === 'text/event-stream' ? /\r?\n\r?\n/ : /\n/;
    const parts = this.rest.split(separator);
    this.rest = parts.pop();
    for (const part of parts) this.#push(part);
  }

  #push(text) {
    const at = performance.now();
    let record;
    if (this.accept === 'text/event-stream') {
      record = parseEvent(text);
      if (!record) return;
    } else if (this.accept === 'application/x-ndjson') {
      if (!text.trim()) return;
      record = JSON.parse(text);
    } else {
      record = { line: text };
    }
    Object.defineProperty(record, 'at', { value: at });
    this.records.push(record);
    this.onRecord?.(record);
  }

  /** The first record that matches, once it is there. */
  find(what, matches, { timeoutMs = 10_000, from = 0 } = {}) {
    return until(what, () => this.records.slice(from).find(matches), { timeoutMs, everyMs: 5 });
  }

  async end({ timeoutMs = 30_000 } = {}) {
    await until('the stream to end', () => this.ended, { timeoutMs });
    return this.records;
  }

  close() {
    this.request.destroy();
  }
}

function parseEvent(text) {
  const event = { event: 'message', data: '' };
  let some = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith(':') || !line) continue;
    some = true;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') event.data += (event.data ? '\n' : '') + value;
    else event[field] = value;
  }
  if (!some) return undefined;
  try {
    event.json = JSON.parse(event.data);
  } catch {
    // Some events carry plain text.
  }
  return event;
}
