// Prism between the tests and the daemon: every answer that breaks openapi/openapi.json fails its test.
// The runner's option is ITSUP_TEST_VALIDATE=1; without it requests go direct.
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { end, start } from './process.mjs';
import { until } from './wait.mjs';

const repo = resolve(import.meta.dirname, '../..');
export const documentFile = join(repo, 'openapi/openapi.json');
const prism = join(repo, 'tests/node_modules/@stoplight/prism-cli/dist/index.js');

/** What goes direct, and why: the one list. Whatever no row names is validated. */
const direct = [
  { why: 'the proxy is off', is: ({ proxy }) => !proxy },
  { why: 'measures times of milliseconds', is: () => /(behind_its_back|followers)\.test\.mjs$/.test(process.argv[1] ?? '') },
  { why: 'not in the document: /ui, unknown paths, other methods', is: ({ proxy, method, path }) => !proxy.declares(method, path) },
  { why: 'an endless answer, which Prism would collect', is: ({ path, headers }) => /[?&]follow(=true)?(&|$)/.test(path) || /event-stream/.test(headers.Accept ?? '') },
  { why: 'a body that Prism would refuse or rewrite', is: ({ body, headers }) => typeof body === 'string' && !isJson(body, headers) },
  { why: 'a path that the client or Prism would rewrite', is: ({ path }) => /%(?![0-9a-f]{2})|%(00|0a|0d|2f|2e|ff)|\/\//i.test(path) },
];

function isJson(text, headers) {
  if ((headers['Content-Type'] ?? 'application/json') !== 'application/json') return false;
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && JSON.stringify(value) === text;
  } catch {
    return false;
  }
}

export class ValidatingProxy {
  /** For the daemon at `upstream`; undefined when the runner did not ask for it. */
  static wanted(upstream, port) {
    return process.env.ITSUP_TEST_VALIDATE === '1' ? new ValidatingProxy(upstream, port) : undefined;
  }

  constructor(upstream, port) {
    this.upstream = upstream;
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    this.validated = 0;
    this.document = JSON.parse(readFileSync(documentFile, 'utf8'));
    const { paths } = this.document;
    this.operations = Object.entries(paths).flatMap(([path, methods]) => {
      const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
      return Object.keys(methods).map((method) => ({ method: method.toUpperCase(), pattern }));
    });
  }

  /** Starts it for the first request. */
  ready() {
    this.started ??= this.#start();
    return this.started;
  }

  async #start({ timeoutMs = 60_000 } = {}) {
    // Requests are ours to break; only answers are on trial. Prism would answer 401 in the daemon's place.
    const file = join(tmpdir(), `prism-${process.pid}-${this.port}.json`);
    const open = Object.entries(this.document.paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, { security, ...operation }]) => [method, operation])),
    ]);
    writeFileSync(file, JSON.stringify({ ...this.document, security: undefined, paths: Object.fromEntries(open) }));
    const args = [prism, 'proxy', '--errors', '--validate-request=false', '--cors=false', '-p', String(this.port), file, this.upstream];
    this.child = start(process.execPath, args, { logFile: join(tmpdir(), `prism-${process.pid}-${this.port}.log`) });
    const gone = this.child.ended.then(() => {
      throw new Error(`prism ended:\n${this.child.output().slice(-2000)}`);
    });
    gone.catch(() => {});
    await Promise.race([gone, until('prism to listen', () => /Prism is listening/.test(this.child.output()), { timeoutMs })]);
  }

  async stop() {
    await end(this.child?.pid);
  }

  declares(method, path) {
    const bare = path.split('?')[0];
    return this.operations.some((operation) => operation.method === method && operation.pattern.test(bare));
  }

  /** The answer, or an error that says how it breaks the document. */
  accept(request, answer) {
    // For Prism a 4xx that is not declared is no error, only a violation in a header.
    const noted = answer.headers.get('sl-violations');
    if (noted || /stoplight\.io\/prism/.test(answer.body?.type ?? '')) {
      throw new Error(`${request.method} ${request.path}, validated by prism: ${noted ?? JSON.stringify(answer.body)}`);
    }
    this.validated += 1;
    return answer;
  }
}

/** Where a request goes: {base, extra headers, accept}. */
export async function route(api, request) {
  const { proxy } = api;
  if (direct.some(({ is }) => is({ proxy, ...request }))) return { base: api.base, accept: (answer) => answer };
  await proxy.ready();
  // Prism closes idle connections after five seconds, and a POST that meets the close cannot be sent again.
  return { base: proxy.base, extra: { Connection: 'close' }, accept: (answer) => proxy.accept(request, answer) };
}
