// A stand-in for the daemon, for work on the pages: the built app, a small API and /ws.
// Usage: npm run build && npm run mock [-- --port 8091 --projects 12 --plain]
// MOCK_ROLE=viewer|operator|admin chooses the role; the token is `mock-token`.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { makeWorld } from './world.mjs';
import { serveSocket } from './socket.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8091' }, projects: { type: 'string', default: '12' }, plain: { type: 'boolean' } },
});
const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const token = process.env.MOCK_TOKEN ?? 'mock-token';
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

const world = makeWorld(Number(values.projects), !values.plain);
const sessions = new Set();
let role = process.env.MOCK_ROLE ?? 'admin';
let requestNumber = 0;

function sessionOf(request) {
  const match = /(?:^|;\s*)itsup_session=([^;]+)/.exec(request.headers.cookie ?? '');
  return match !== null && sessions.has(match[1]) ? match[1] : null;
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function problem(response, status, title, detail = '', more = {}) {
  const body = { type: 'about:blank', title, status, detail, ...more };
  json(response, status, body, { 'Content-Type': 'application/problem+json' });
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return null;
  }
}

function serveFile(response, path) {
  const wanted = normalize(path.replace(/^\/ui\/?/, ''));
  const file = join(dist, wanted.startsWith('..') ? '' : wanted);
  const found = extname(file) !== '' && existsSync(file) ? file : join(dist, 'index.html');
  response.writeHead(200, {
    'Content-Type': types[extname(found)] ?? 'application/octet-stream',
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': found.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  createReadStream(found).pipe(response);
}

function serveOpenApi(response) {
  const file = join(dist, '../../openapi/openapi.json');
  if (!existsSync(file)) return problem(response, 404, 'Not found', 'openapi/openapi.json is not generated.');
  response.writeHead(200, { 'Content-Type': 'application/json' });
  return createReadStream(file).pipe(response);
}

// Buttons for the tests: what a person would do to the host behind the daemon's back.
async function control(request, response, path) {
  const body = (await bodyOf(request)) ?? {};
  if (path === '/mock/expire') sessions.clear();
  else if (path === '/mock/role') role = body.role;
  else if (path === '/mock/drop') for (const client of sockets.clients) client.terminate();
  else if (!world.control(path.slice('/mock/'.length), body)) return problem(response, 404, 'Not found');
  return json(response, 200, {});
}

async function auth(request, response, path) {
  if (path === '/auth/login') {
    const body = await bodyOf(request);
    if (body?.token !== token) return problem(response, 401, 'Wrong token', 'The token is not known.');
    const id = `s${Math.random().toString(36).slice(2)}`;
    sessions.add(id);
    const cookie = `itsup_session=${id}; HttpOnly; SameSite=Strict; Path=/`;
    return json(response, 200, { name: 'admin', role }, { 'Set-Cookie': cookie });
  }
  const session = sessionOf(request);
  if (session === null) return problem(response, 401, 'Not logged in');
  if (path === '/auth/logout') {
    sessions.delete(session);
    return json(response, 200, {});
  }
  return json(response, 200, { name: role === 'admin' ? 'admin' : 'alex', role });
}

/** A deployment's record as a stream of its own. */
function serveRecord(request, response, id) {
  const found = world.deployment(id);
  if (found === undefined) return problem(response, 404, 'Not found');
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const write = ({ event, seq, data }) => {
    response.write(`id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  for (const event of found.events) write(event);
  return request.on('close', world.on(`deployment:${id}`, write));
}

async function handle(request, response) {
  const { pathname: path, searchParams } = new URL(request.url, 'http://mock');
  requestNumber += 1;
  response.setHeader('X-Request-Id', `01900000-0000-7000-8000-${String(requestNumber).padStart(12, '0')}`);
  if (path === '/') return response.writeHead(302, { Location: '/ui/' }).end();
  if (path === '/docs') return serveFile(response, '/ui/docs.html');
  if (path === '/openapi.json') return serveOpenApi(response);
  if (path === '/ui' || path.startsWith('/ui/')) return serveFile(response, path);
  if (path.startsWith('/mock/')) return control(request, response, path);
  if (path === '/health') return json(response, 200, world.health());
  if (path.startsWith('/auth/')) return auth(request, response, path);
  if (sessionOf(request) === null) return problem(response, 401, 'Not logged in');
  const record = /^\/deployments\/([^/]+)\/events$/.exec(path);
  if (record !== null) return serveRecord(request, response, record[1]);
  if (request.method === 'POST' && role === 'viewer') return problem(response, 403, 'Not allowed');
  const body = request.method === 'POST' ? await bodyOf(request) : null;
  const answer = world.answer(request.method, path, searchParams, body);
  if (answer.problem !== undefined) {
    return problem(response, answer.status, answer.problem, answer.detail, answer.more);
  }
  return json(response, answer.status ?? 200, answer.body, answer.headers);
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => problem(response, 500, String(error)));
});
const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (request.url !== '/ws' || sessionOf(request) === null) {
    socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (client) => serveSocket(client, world));
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`mock: http://127.0.0.1:${server.address().port}/ui/ token ${token}`);
});
