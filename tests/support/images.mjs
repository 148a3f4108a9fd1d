// Images without a registry: a root file system from this machine's own files, by docker import.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './process.mjs';

const repo = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export function cacheDir() {
  return process.env.ITSUP_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'itsup');
}

/** The static program of the sample images, compiled once per source text. */
export async function demoProgram() {
  const source = join(repo, 'samples/images/demo.cpp');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const program = join(cacheDir(), `demo-${hash}`);
  if (!existsSync(program)) {
    // Another run may make it at the same time: it comes whole, and process numbers are not unique across namespaces.
    mkdirSync(cacheDir(), { recursive: true });
    const dir = mkdtempSync(join(cacheDir(), 'build-demo-'));
    try {
      await run('c++', ['-std=c++20', '-O2', '-s', '-static', '-pthread', '-o', join(dir, 'demo'), source]);
      renameSync(join(dir, 'demo'), program);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
  return program;
}

/** Imports the files {path in image: path here} as an image with these Dockerfile lines. */
export async function importImage(engine, tag, files, changes) {
  const root = mkdtempSync(join(tmpdir(), 'itsup-image-'));
  try {
    for (const [inside, here] of Object.entries(files)) {
      const target = join(root, inside);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(here, target);
    }
    mkdirSync(join(root, 'tmp'), { recursive: true, mode: 0o1777 });
    const archive = join(root, '..', `${root.split('/').pop()}.tar`);
    await run('tar', ['-C', root, '-cf', archive, '.']);
    await engine.docker('import', ...changes.flatMap((line) => ['--change', line]), archive, tag);
    rmSync(archive);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** `demo:1` or another tag: HTTP server with a health check and a shell beside it. */
export async function makeDemoImage(engine, { tag = 'demo:1', version = '1', healthy = 'always', healthCheck = true, changes = [] } = {}) {
  const health = 'HEALTHCHECK --interval=1s --timeout=2s --retries=3 --start-period=1s CMD ["/demo", "check"]';
  await importImage(
    engine,
    tag,
    { demo: await demoProgram(), 'bin/busybox': '/bin/busybox', 'bin/sh': '/bin/busybox' },
    [
      'CMD ["/demo", "serve"]',
      `ENV VERSION=${version}`,
      `ENV HEALTHY=${healthy}`,
      ...(healthCheck ? [health] : []),
      ...changes,
    ],
  );
  return tag;
}

export function sizeOf(path) {
  return statSync(path).size;
}
