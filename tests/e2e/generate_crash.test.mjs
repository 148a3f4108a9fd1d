// Killed while it writes artifacts, at fifty random moments: what is there afterwards is the whole old or the whole new set.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Daemon, program } from '../support/daemon.mjs';
import { run, start } from '../support/process.mjs';
import { Root, web } from '../support/root.mjs';
import { sleep } from '../support/wait.mjs';

const projects = 25;
const kills = 50;
const root = new Root();
const daemon = new Daemon(root);
after(async () => {
  await daemon.dispose();
  root.remove();
});

/** The configuration in its version `n`: every generated file differs, and each version has a file of its own. */
function configure(n) {
  for (let p = 0; p < projects; p += 1) {
    const name = `p${p}`;
    rmSync(root.path(`projects/${name}/files`), { recursive: true, force: true });
    root.project(name, {
      compose: { services: { web: web({ env: { VERSION: `v${n}` } }) } },
      ingress: { ingress: [{ service: 'web', domain: `v${n}.${name}.test`, port: 8080 }] },
      raw: { 'files/same': `version ${n}\n`, [`files/only-${n}`]: 'here\n' },
    });
  }
  root.project('nas', { ingress: { host: '10.0.0.9', ingress: [{ domain: `v${n}.nas.test`, port: 80 }] } });
}

const generate = ['generate', '--root', root.dir, '--out', root.dir];

function filesBelow(dir, found = []) {
  for (const entry of existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : []) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) filesBelow(path, found);
    else found.push(path);
  }
  return found;
}

const isTemporary = (path) => /\/\.[^/]+\.[0-9a-f]{12}\.tmp$/.test(path);

/** One hash of every artifact, names and bytes; temporary files are none, and no reader looks at them. */
function artifacts() {
  const hash = createHash('sha256');
  for (const path of [...filesBelow(root.path('upstream')), ...filesBelow(root.path('proxy'))].sort()) {
    if (!isTemporary(path)) hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

const journal = root.path('.itsup-transaction');
/** A writer was cut off here. */
const leftovers = () => existsSync(journal) || filesBelow(root.path('upstream')).some(isTemporary);
const whole = {};
let duration;

before(async () => {
  // The first start makes what the artifacts hold of the daemon's own.
  configure(1);
  await daemon.start();
  await daemon.stop();
  for (const n of [1, 2, 1, 2]) {
    configure(n);
    const begin = performance.now();
    await run(program, generate);
    duration = performance.now() - begin;
    whole[n] = artifacts();
  }
  assert.notEqual(whole[1], whole[2]);
});

test(`${kills} kills leave a whole set each`, { timeout: 600_000 }, async (t) => {
  const seen = { old: 0, new: 0, between: 0, finished: 0 };
  const enough = () => seen.between >= 5 && seen.old > 0 && seen.new > 0;
  for (let kill = 0, now = 2; kill < kills || (!enough() && kill < kills * 4); kill += 1) {
    const next = 3 - now;
    configure(next);
    const child = start(program, generate, { logFile: root.path('../generate.log') });
    // Over the whole run by turns: 0.618 of it further each time hits every part alike.
    await sleep(((kill * 0.618) % 1) * duration);
    if (child.exitCode !== null) seen.finished += 1;
    child.kill('SIGKILL');
    await child.ended;
    if (leftovers()) seen.between += 1;
    // The next start finishes or forgets what was cut off.
    await daemon.start();
    await daemon.stop();
    const found = artifacts();
    assert.ok(found === whole[now] || found === whole[next], `kill ${kill}: neither the old nor the new set`);
    seen[found === whole[now] ? 'old' : 'new'] += 1;
    assert.ok(!existsSync(journal));
    const begin = performance.now();
    await run(program, generate);
    duration = performance.now() - begin;
    assert.equal(artifacts(), whole[next], 'the next run ends it');
    now = next;
  }
  t.diagnostic(`one run takes ${Math.round(duration)} ms; ${JSON.stringify(seen)}`);
  assert.ok(seen.between >= 5, 'too few kills met a writer');
  assert.ok(seen.old > 0 && seen.new > 0, 'both outcomes');
});
