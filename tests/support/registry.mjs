// A registry that gives one image away: as much of the protocol as a pull asks for. The engine takes a registry on
// loopback without TLS.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process.mjs';

/** Gives `image` of the engine as `name` (127.0.0.1:PORT/app:1); `pulls` are the manifests that were asked for. */
export async function startRegistry(engine, image) {
  const dir = mkdtempSync(join(tmpdir(), 'itsup-registry-'));
  await engine.docker('save', '-o', join(dir, 'image.tar'), image);
  await run('tar', ['-C', dir, '-xf', join(dir, 'image.tar')]);
  const { manifests: [manifest] } = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'));
  const pulls = [];
  const server = http.createServer((request, response) => {
    const [, kind, what] = /^\/v2\/app\/(manifests|blobs)\/([\w:.-]+)$/.exec(request.url) ?? [];
    if (request.url === '/v2/') return response.end('{}');
    if (!kind) return response.writeHead(404).end();
    const digest = what === '1' ? manifest.digest : what;
    const bytes = readFileSync(join(dir, 'blobs', ...digest.split(':')));
    if (what === '1') pulls.push(request.method);
    response.writeHead(200, {
      'Content-Type': kind === 'manifests' ? manifest.mediaType : 'application/octet-stream',
      'Content-Length': bytes.length,
      'Docker-Content-Digest': digest,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    name: `127.0.0.1:${server.address().port}/app:1`,
    pulls,
    stop() {
      server.closeAllConnections();
      server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
