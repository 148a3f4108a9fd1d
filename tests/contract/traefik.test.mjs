// The real Traefik takes every set that we generate: no error line in its log, and its API lists exactly the
// routers, services and middlewares that the files and the labels name, all enabled. Containers are played by a
// small engine API that serves the labels of the generated Compose files.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createListener } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { end, run, start } from '../support/process.mjs';
import { until } from '../support/wait.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const cases = join(here, '../golden/cases');
const program = process.env.ITSUP_BIN ?? join(here, '../../build/release/itsup');

/** How many routers some cases must have, counted by hand. */
const counted = {
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
  'overrides-in-words': { http: 7, tcp: 0, udp: 0 },
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
      // As Compose hands them on: texts, with its variables filled in.
      for (const [key, value] of Object.entries(labels)) labels[key] = String(value ?? '').replace(/\$\{[^}]*\}|\$[A-Za-z_]+/g, 'filled');
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
        NetworkSettings: { Ports: { '8080/tcp': null }, Networks: { proxynet: { IPAddress: '172.20.9.9' } } },
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

const kinds = ['http/routers', 'http/services', 'http/middlewares', 'tcp/routers', 'tcp/services', 'tcp/middlewares', 'udp/routers', 'udp/services'];

/** The names of each kind that the dynamic files and the containers' labels hold, with their provider. */
function namesIn(out, containers) {
  const names = Object.fromEntries(kinds.map((kind) => [kind, new Set()]));
  const add = (protocol, part, name, provider) => names[`${protocol}/${part}`]?.add(`${name}@${provider}`);
  const dynamic = join(out, 'proxy/traefik/dynamic');
  for (const file of readdirSync(dynamic)) {
    const sections = parse(readFileSync(join(dynamic, file), 'utf8')) ?? {};
    for (const [protocol, parts] of Object.entries(sections)) {
      for (const [part, items] of Object.entries(parts ?? {})) {
        for (const name of Object.keys(items ?? {})) add(protocol, part, name, 'file');
      }
    }
  }
  for (const { labels } of containers) {
    if (String(labels['traefik.enable']) !== 'true') continue;
    for (const label of Object.keys(labels)) {
      const found = /^traefik\.(http|tcp|udp)\.(routers|services|middlewares)\.([^.]+)\./.exec(label);
      if (found) add(found[1], found[2], found[3], 'docker');
    }
  }
  return names;
}

/** What Traefik lists of a kind, without its own. */
const listed = async (api, kind) => (await list(api, kind)).filter((item) => item.provider !== 'internal');

async function generate(root, out) {
  try {
    await run(program, ['generate', '--root', root, '--out', out]);
    return true;
  } catch {
    return false;
  }
}

const work = mkdtempSync(join(tmpdir(), 'itsup-traefik-'));
after(() => rmSync(work, { recursive: true, force: true }));
const { stdout: binary } = await run(join(here, '../../tools/install/traefik.sh'), [], { timeoutMs: 900_000 });
const sets = [];
for (const name of readdirSync(cases).sort()) {
  // A case that must be refused has nothing for Traefik; golden_test says which those are.
  if (await generate(join(cases, name, 'root'), join(work, name, 'out'))) sets.push(name);
}

/** A root whose overrides are in YAML 1.1's words, which Traefik itself refuses. */
const wordy = 'overrides-in-words';
const wordyRoot = join(work, wordy, 'root');
cpSync(join(cases, '001-http-domain/root'), wordyRoot, { recursive: true });
writeFileSync(join(wordyRoot, 'projects/traefik.yml'), 'api: {dashboard: yes, insecure: off}\nentryPoints: {web: {reusePort: on}}\n');
writeFileSync(join(wordyRoot, 'projects/middlewares.yml'), 'http: {middlewares: {default-headers: {headers: {frameDeny: no}}}}\n');
if (await generate(wordyRoot, join(work, wordy, 'out'))) sets.push(wordy);

test('there are sets to try', () => {
  assert.ok(sets.length >= 45, `${sets.length} sets`);
  for (const name of Object.keys(counted)) assert.ok(sets.includes(name), name);
});

/** Sets in which something cannot work here, and what. */
const limits = {
  '006-labels-list': { foreign: /maplabels|manual/ }, // labels that a person wrote, to which Traefik adds
  '035-traefik-override': { noApi: true }, // its own `api: false`
  '037-crowdsec': { disabled: /crowdsec@file/ }, // the plugin comes from the internet
};

async function assertLists(api, wanted, { disabled, foreign }) {
  for (const kind of kinds) {
    const ours = (name) => !foreign?.test(name);
    const names = [...wanted[kind]].filter(ours).sort();
    const isSame = async () => {
      const found = (await listed(api, kind)).map((item) => item.name).filter(ours).sort();
      if (JSON.stringify(found) !== JSON.stringify(names)) throw new Error(`${kind}: lists ${found}, wanted ${names}`);
      return true;
    };
    await until(`${kind} to be the expected ones`, isSame, { timeoutMs: 60_000, everyMs: 200 });
    for (const item of await listed(api, kind)) {
      if (item.status === 'enabled' || (disabled?.test(item.error) ?? false)) continue;
      assert.fail(`${kind} ${item.name} is ${item.status}: ${item.error}`);
    }
  }
}

describe('a real Traefik', { concurrency: 4 }, () => {
  for (const name of sets) {
    test(`takes ${name}`, { timeout: 120_000 }, async (t) => {
      const place = join(work, name);
      const out = join(place, 'out');
      const containers = containersOf(out);
      const engine = await startEngineApi(containers);
      const api = await placeStatic(out, place, engine.port);
      const logFile = join(place, 'traefik.log');
      const traefik = start(binary.trim(), [`--configFile=${join(place, 'traefik.yml')}`], { logFile });
      t.after(async () => {
        await end(traefik.pid);
        await engine.close();
      });
      const limit = limits[name] ?? {};
      if (!limit.noApi) await assertLists(api, namesIn(out, containers), limit);
      for (const [protocol, count] of Object.entries(counted[name] ?? {})) {
        assert.equal((await listed(api, `${protocol}/routers`)).length, count, `${protocol} routers`);
      }
      const errors = readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"level":"error"') && !/acme|plugin|crowdsec/i.test(line));
      assert.deepEqual(errors, []);
    });
  }
});
