// Images of the proxy and dns stacks, so that the generated compose files run unchanged and offline.
//
// Traefik is the real program, built from its Go module (tools/install/traefik.sh). The socket proxy is
// Debian's HAProxy with the same rules, the dns honeypot Debian's dnsmasq.
import { realpathSync, writeFileSync, mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { demoProgram, importImage } from './images.mjs';
import { run } from './process.mjs';

const repo = resolve(import.meta.dirname, '../..');
const certificates = '/etc/ssl/certs/ca-certificates.crt';
const shell = { 'bin/busybox': '/bin/busybox', 'bin/sh': '/bin/busybox' };

export const images = {
  traefik: 'traefik:v3.6',
  socketProxy: 'wollomatic/socket-proxy:1',
  dns: '4km3/dnsmasq:2.90-r3-alpine-3.22.2',
};

export async function makeProxyImages(engine) {
  await withScratch((dir) => makeTraefik(engine, dir));
  await withScratch((dir) => makeSocketProxy(engine, dir));
  await withScratch((dir) => makeDns(engine, dir));
}

async function makeTraefik(engine, dir) {
  const { stdout } = await run(join(repo, 'tools/install/traefik.sh'), [], { timeoutMs: 900_000 });
  // Its health check calls wget. Busybox's crashes in overlay containers, and busybox's shell prefers it
  // to any other in PATH: so dash is the shell, and a client of ours the wget.
  const files = scratchFiles(dir, { 'bin/wget': '#!/bin/sh\nfor url; do :; done\nexec /demo fetch "$url"\n' });
  await importImage(
    engine,
    images.traefik,
    { traefik: stdout.trim(), 'etc/ssl/certs/ca-certificates.crt': certificates, demo: await demoProgram(), ...files, ...(await dash()) },
    ['ENTRYPOINT ["/traefik"]', 'ENV PATH=/bin:/'],
  );
}

async function makeSocketProxy(engine, dir) {
  const files = scratchFiles(dir, {
    'etc/haproxy.cfg': [
      'global',
      '  log stdout format raw local0 notice',
      'defaults',
      '  mode http',
      '  timeout connect 5s',
      '  timeout client 24h',
      '  timeout server 24h',
      'frontend engine',
      '  bind 127.0.0.1:2375',
      '  acl may_get path_reg ^/v1\\..{1,2}/(version|containers/.*|events.*)$',
      '  http-request deny unless { method HEAD } { path /_ping } or { method GET } may_get',
      '  default_backend socket',
      'backend socket',
      '  server docker unix@/var/run/docker.sock',
      '',
    ].join('\n'),
    'healthcheck': '#!/bin/sh\nexec /demo fetch http://127.0.0.1:2375/v1.45/version\n',
    'start': '#!/bin/sh\nexec /usr/sbin/haproxy -W -db -f /etc/haproxy.cfg\n',
  });
  await importImage(
    engine,
    images.socketProxy,
    { ...(await withLibraries('/usr/sbin/haproxy')), demo: await demoProgram(), ...files, ...shell },
    ['ENTRYPOINT ["/start"]', 'WORKDIR /', 'ENV PATH=/bin:/usr/sbin'],
  );
}

async function makeDns(engine, dir) {
  const files = scratchFiles(dir, {
    'etc/passwd': 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\ndnsmasq:x:65534:65534::/:/bin/sh\n',
    'etc/group': 'root:x:0:\nnogroup:x:65534:\ndip:x:30:\n',
    'var/run/.keep': '',
  });
  await importImage(
    engine,
    images.dns,
    { ...(await withLibraries('/usr/sbin/dnsmasq')), ...files, ...shell },
    ['ENTRYPOINT ["dnsmasq", "--keep-in-foreground"]', 'ENV PATH=/bin:/usr/sbin'],
  );
}

async function dash() {
  const { 'bin/dash': program, ...libraries } = await withLibraries('/bin/dash');
  return { 'bin/sh': program, ...libraries };
}

async function withScratch(use) {
  const dir = mkdtempSync(join(tmpdir(), 'itsup-files-'));
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function scratchFiles(dir, texts) {
  return Object.fromEntries(
    Object.entries(texts).map(([inside, text], index) => {
      const file = join(dir, String(index));
      writeFileSync(file, text);
      if (text.startsWith('#!')) chmodSync(file, 0o755);
      return [inside, file];
    }),
  );
}

/** A dynamic program of this machine with every library that it loads. */
async function withLibraries(program) {
  const { stdout } = await run('ldd', [program]);
  const files = { [program.slice(1)]: program };
  for (const [path] of stdout.matchAll(/\/\S+/g)) {
    if (path === program) continue;
    files[path.slice(1)] = realpathSync(path);
  }
  return files;
}

