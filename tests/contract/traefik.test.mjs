// The real Traefik takes every set that we generate: no error line in its log, every router, service and
// middleware enabled, and as many as the files and the labels say. Containers are played by a small engine
// API that serves the labels of the generated Compose files.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { end, run, start } from '../support/process.mjs';
import { until } from '../support/wait.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const cases = join(here, '../golden/cases');
const program = process.env.ITSUP_BIN ?? join(here, '../../build/release/itsup');

/** Expected routers by kind, ours only. */
const expected = {
  '001-http-domain': { http: 7, tcp: 0, udp: 0 },
  '002-http-tls-sans': { http: 11, tcp: 0, udp: 0 },
  '004-http-multi-ingress': { http: 11, tcp: 0, udp: 0 },
  '010-ipv4-pin': { http: 11, tcp: 2, udp: 0 },
  '017-host-udp': { http: 3, tcp: 0, udp: 3 },
  '018-container-tcp': { http: 5, tcp: 3, udp: 1 },
  '019-container-http-hostport': { http: 13, tcp: 0, udp: 0 },
  '020-container-allowlist': { http: 8, tcp: 0, udp: 0 },
  '021-legacy-ingress-yml': { http: 9, tcp: 0, udp: 0 },
  '039-two-entrypoints': { http: 3, tcp: 3, udp: 2 },
  '073-router-name-collision': { http: 7, tcp: 2, udp: 0 },
  '079-host-with-compose': { http: 7, tcp: 2, udp: 0 },
  '080-host-ipv6-and-names': { http: 7, tcp: 1, udp: 0 },
};

async function freePort() {
  const listener = createListener();
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

function containersOf(out) {
  const containers = [];
  let stacks = [];
  try {
    stacks = readdirSync(join(out, 'upstream'));
  } catch {
    return containers; // A set without containers.
  }
  for (const project of stacks) {
    const { services } = parse(readFileSync(join(out, 'upstream', project, 'docker-compose.yml'), 'utf8'));
    for (const [name, service] of Object.entries(services)) {
      const labels = Array.isArray(service.labels)
        ? Object.fromEntries(service.labels.map((l) => [l.split('=', 1)[0], l.slice(l.indexOf('=') + 1)]))
        : (service.labels ?? {});
      containers.push({ id: Buffer.from(`${project}/${name}`).toString('hex'), name: `${project}-${name}-1`, labels });
    }
  }
  return containers;
}

/** Answers what Traefik's docker provider asks; events stay silent. */
async function startEngineApi(containers) {
  const open = new Set();
  const server = createServer((request, response) => {
    const path = request.url.replace(/\?.*/, '').replace(/^\/v1\.\d+/, '');
    const send = (value) => response.setHeader('Api-Version', '1.45').end(typeof value === 'string' ? value : JSON.stringify(value));
    if (path === '/_ping') send('OK');
    else if (path === '/version') send({ Version: '26.1.5', ApiVersion: '1.45', MinAPIVersion: '1.24' });
    else if (path === '/containers/json') {
      send(containers.map((c) => ({ Id: c.id, Names: [`/${c.name}`], Labels: c.labels, State: 'running' })));
    } else if (path.startsWith('/containers/')) {
      const found = containers.find((c) => path.startsWith(`/containers/${c.id}/`));
      send({
        Id: found.id,
        Name: `/${found.name}`,
        State: { Status: 'running', Running: true },
        Config: { Labels: found.labels },
        HostConfig: { NetworkMode: 'proxynet' },
        NetworkSettings: { Ports: {}, Networks: { proxynet: { IPAddress: '172.20.9.9' } } },
      });
    } else if (path === '/events') {
      response.flushHeaders();
      open.add(response);
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    close: () => {
      for (const response of open) response.destroy();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The generated static file with other ports and places, and nothing else changed. */
async function placeStatic(out, work, enginePort) {
  const config = parse(readFileSync(join(out, 'proxy/traefik/traefik.yml'), 'utf8'));
  let api;
  for (const [name, entrypoint] of Object.entries(config.entryPoints)) {
    const port = await freePort();
    entrypoint.address = `127.0.0.1:${port}${entrypoint.address.endsWith('/udp') ? '/udp' : ''}`;
    if (name === 'ping') api = `http://127.0.0.1:${port}/api`;
  }
  config.providers.docker.endpoint = `tcp://127.0.0.1:${enginePort}`;
  config.providers.file.directory = join(out, 'proxy/traefik/dynamic');
  config.accessLog.filePath = join(work, 'access.log');
  config.certificatesResolvers.letsencrypt.acme.storage = join(work, 'acme.json');
  config.certificatesResolvers.letsencrypt.acme.caServer = 'https://127.0.0.1:9/directory';
  config.log = { level: 'INFO', format: 'json' };
  writeFileSync(join(work, 'traefik.yml'), stringify(config));
  return api;
}

async function list(api, kind) {
  const answer = await fetch(`${api}/${kind}?per_page=1000`, { signal: AbortSignal.timeout(2_000) });
  if (!answer.ok) throw new Error(`${kind}: ${answer.status}`);
  return answer.json();
}

for (const [name, counts] of Object.entries(expected)) {
  test(`Traefik takes ${name}`, { timeout: 60_000 }, async (t) => {
    const { stdout } = await run(join(here, '../../tools/install/traefik.sh'), [], { timeoutMs: 900_000 });
    const work = mkdtempSync(join(tmpdir(), 'itsup-traefik-'));
    t.after(() => rmSync(work, { recursive: true, force: true }));
    const out = join(work, 'out');
    await run(program, ['generate', '--root', join(cases, name, 'root'), '--out', out]);
    const containers = containersOf(out);
    const engine = await startEngineApi(containers);
    const api = await placeStatic(out, work, engine.port);
    const logFile = join(work, 'traefik.log');
    const traefik = start(stdout.trim(), [`--configFile=${join(work, 'traefik.yml')}`], { logFile });
    t.after(async () => {
      await end(traefik.pid);
      await engine.close();
    });
    const routers = async (kind) =>
      (await list(api, `${kind}/routers`)).filter((router) => router.provider !== 'internal');
    await until(
      'Traefik lists the expected routers',
      async () => {
        for (const [kind, count] of Object.entries(counts)) {
          if ((await routers(kind)).length !== count) return false;
        }
        return true;
      },
      { timeoutMs: 20_000 },
    );
    for (const kind of ['http/routers', 'http/services', 'http/middlewares', 'tcp/routers', 'tcp/services', 'udp/routers', 'udp/services']) {
      for (const item of await list(api, kind)) assert.equal(item.status, 'enabled', `${kind} ${item.name}: ${item.error}`);
    }
    const errors = readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"level":"error"') && !/acme/i.test(line));
    assert.deepEqual(errors, []);
  });
}
