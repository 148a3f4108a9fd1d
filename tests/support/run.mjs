// Runs end-to-end tests: node tests/support/run.mjs FILE...
//
// Enters namespaces of its own, starts one engine, makes the images, then hands over to node's test
// runner, one file at a time. ITSUP_BIN names the program under test (default build/release/itsup).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Engine } from './engine.mjs';
import { makeDemoImage } from './images.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const repo = resolve(here, '../..');

async function outside(files) {
  const dir = mkdtempSync(join(tmpdir(), 'itsup-test-'));
  const child = spawn(join(here, 'namespace.sh'), [process.execPath, fileURLToPath(import.meta.url), ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ITSUP_TEST_INSIDE: dir, ITSUP_TEST_RUN: String(process.pid) },
  });
  // Ending unshare ends everything inside: it holds the first process of the namespace.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGKILL'));
  const code = await new Promise((resolve) => {
    child.once('exit', (status) => resolve(status ?? 1));
    child.once('error', () => resolve(1));
  });
  // The engine's mounts died with its namespace, so its folder can go.
  rmSync(dir, { recursive: true, force: true });
  removeCgroups(`itsup-test-${process.pid}`);
  return code;
}

// The containers died with their namespace; their empty control groups would stay for ever.
function removeCgroups(name) {
  const roots = existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? ['/sys/fs/cgroup']
    : readdirSync('/sys/fs/cgroup').map((entry) => join('/sys/fs/cgroup', entry));
  for (const root of roots) removeTree(join(root, name));
}

function removeTree(dir) {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(dir, entry.name));
  }
  try {
    rmdirSync(dir);
  } catch {
    // A group that still empties itself is not worth failing for.
  }
}

async function inside(files) {
  const dir = join(process.env.ITSUP_TEST_INSIDE, 'engine');
  const engine = new Engine(dir);
  try {
    await engine.start();
    engine.useDefaultSocket();
    await makeDemoImage(engine);
    return runTests(files, dir);
  } finally {
    await engine.stop();
  }
}

function runTests(files, engineDir) {
  const result = spawnSync(
    process.execPath,
    ['--test', '--test-concurrency=1', '--test-timeout=900000', '--test-force-exit', '--test-reporter=spec', ...files],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      cwd: repo,
      env: {
        ...process.env,
        ITSUP_TEST_ENGINE: engineDir,
        TMPDIR: process.env.ITSUP_TEST_INSIDE,
        ITSUP_BIN: process.env.ITSUP_BIN ?? join(repo, 'build/release/itsup'),
      },
    },
  );
  return result.status ?? 1;
}

const files = process.argv.slice(2).map((file) => resolve(file));
process.exitCode = process.env.ITSUP_TEST_INSIDE ? await inside(files) : await outside(files);
