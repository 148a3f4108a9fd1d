// A root whose generated proxy stack can serve TLS on this machine, and waiting for a real Traefik.
import { chmodSync, mkdirSync } from 'node:fs';
import https from 'node:https';
import { run } from './process.mjs';
import { until } from './wait.mjs';

/** Adds a certificate for the domains and a rate limit that a load test stays below. */
export async function prepareProxy(root, domains) {
  const dir = root.path('data/acme');
  mkdirSync(dir, { recursive: true });
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', `/CN=${domains[0]}`, '-addext', `subjectAltName=${domains.map((name) => `DNS:${name}`).join(',')}`,
    '-keyout', `${dir}/test.key`, '-out', `${dir}/test.pem`,
  ]);
  chmodSync(`${dir}/test.key`, 0o600);
  root.write('projects/middlewares.yml', {
    http: { middlewares: { 'rate-limit': { rateLimit: { average: 100_000, burst: 100_000 } } } },
    tls: { certificates: [{ certFile: '/etc/acme/test.pem', keyFile: '/etc/acme/test.key' }] },
  });
}

export function ask(domain, path = '/', port = 8443) {
  return new Promise((resolve, reject) => {
    const request = https.get(
      { host: '127.0.0.1', port, path, servername: domain, headers: { Host: domain }, rejectUnauthorized: false, agent: false, timeout: 5_000 },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      },
    );
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
  });
}

/** The bouncer plugin cannot be fetched here, and Traefik waits for it: hence the long limit. */
export function served(domain, timeoutMs = 60_000) {
  return until(`${domain} to be served by Traefik`, async () => (await ask(domain)).status === 200, { timeoutMs, everyMs: 200 });
}
