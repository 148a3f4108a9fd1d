// A certificate authority for tests: pebble, whose names a dnsmasq of its own maps to this machine.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import https from 'node:https';
import { end, run, start } from './process.mjs';
import { until } from './wait.mjs';

const repo = resolve(import.meta.dirname, '../..');
const dnsPort = 5_353;
const directoryPort = 14_000;
const managementPort = 15_000;

export class Acme {
  /** `httpPort`: where Traefik answers the HTTP-01 challenge. */
  static async start({ httpPort = 8_080 } = {}) {
    const acme = new Acme();
    acme.dir = mkdtempSync(join(tmpdir(), 'itsup-acme-'));
    await run('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
      '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', acme.#path('tls.key'), '-out', acme.#path('tls.pem'),
    ]);
    writeFileSync(acme.#path('pebble.json'), JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${directoryPort}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: acme.#path('tls.pem'),
        privateKey: acme.#path('tls.key'),
        httpPort,
        tlsPort: 5_001,
        retryAfter: { authz: 1, order: 1 },
      },
    }));
    acme.dns = start('dnsmasq', [
      '--keep-in-foreground', '--no-resolv', '--no-hosts', `--port=${dnsPort}`, '--listen-address=127.0.0.1', '--bind-interfaces',
      '--address=/test/127.0.0.1', '--pid-file=', '--user=root',
    ], { logFile: acme.#path('dns.log') });
    const { stdout } = await run(join(repo, 'tools/install/pebble.sh'), [], { timeoutMs: 300_000 });
    acme.pebble = start(stdout.trim(), ['-config', acme.#path('pebble.json'), '-dnsserver', `127.0.0.1:${dnsPort}`], {
      logFile: acme.#path('pebble.log'),
      env: { PATH: process.env.PATH, PEBBLE_VA_NOSLEEP: '1' },
    });
    await until('pebble to answer', async () => (acme.root = await acme.#fetchRoot()), { timeoutMs: 20_000 });
    return acme;
  }

  /** Tells the root's Traefik to take its certificates from here. */
  configure(root) {
    root.write('data/acme/pebble.pem', readFileSync(this.#path('tls.pem'), 'utf8'));
    root.write('projects/traefik.yml', {
      certificatesResolvers: {
        letsencrypt: { acme: { caServer: `https://127.0.0.1:${directoryPort}/dir`, caCertificates: ['/etc/acme/pebble.pem'] } },
      },
    });
  }

  #fetchRoot() {
    return new Promise((done, fail) => {
      https
        .get({ host: '127.0.0.1', port: managementPort, path: '/roots/0', ca: readFileSync(this.#path('tls.pem'), 'utf8'), timeout: 2_000 }, (response) => {
          let text = '';
          response.on('data', (chunk) => (text += chunk));
          response.on('end', () => done(text));
        })
        .on('error', fail);
    });
  }

  output() {
    return this.pebble.output();
  }

  async stop() {
    await end(this.pebble.pid);
    await end(this.dns.pid);
    rmSync(this.dir, { recursive: true, force: true });
  }

  #path(name) {
    return join(this.dir, name);
  }
}
