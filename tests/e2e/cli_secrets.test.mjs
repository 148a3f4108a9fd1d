// Secrets and repositories from the command line, with the real sops, age and git.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Cli } from '../support/cli.mjs';
import { run } from '../support/process.mjs';
import { Root, web } from '../support/root.mjs';

const canary = 'canary-77-value';
let root;
let cli;
let keyFile;

before(async () => {
  const { stdout } = await run(resolve(import.meta.dirname, '../../tools/install/sops.sh'), [], { timeoutMs: 900_000 });
  root = new Root();
  keyFile = root.path('key.txt');
  execFileSync('age-keygen', ['-o', keyFile], { stdio: 'ignore' });
  const recipient = /public key: (\S+)/.exec(readFileSync(keyFile, 'utf8'))[1];
  root.write('secrets/.sops.yaml', `creation_rules:\n  - age: ${recipient}\n`);
  root.project('shop', { compose: { services: { web: web() } } });
  root.write('secrets/shop.txt', `# the shop's\nTOKEN=${canary}\nQUOTED="two words"\n`, 0o600);
  cli = new Cli(root, { env: { PATH: `${dirname(stdout.trim())}:${process.env.PATH}`, SOPS_AGE_KEY_FILE: keyFile } });
});
after(() => root.remove());

const sealed = () => readFileSync(root.path('secrets/shop.enc.txt'), 'utf8');
const leftovers = () => ['/dev/shm', '/run'].flatMap((dir) => readdirSync(dir).filter((name) => name.startsWith('itsup-edit-')));

/** edit-secret wants a terminal: util-linux's script gives it one. */
async function edit(editor, env = {}) {
  const file = root.path('editor.sh');
  writeFileSync(file, `#!/bin/sh\n${editor}\n`);
  chmodSync(file, 0o755);
  const { code, stdout } = await run('script', ['-qec', `${process.env.ITSUP_BIN} edit-secret shop`, '/dev/null'], {
    env: { ...cli.env, EDITOR: file, ...env }, allowFailure: true,
  });
  return { code, stdout };
}

test('encrypt seals what a person wrote, and decrypt gives it back', async () => {
  assert.match(await cli.ok('encrypt', 'shop'), /secrets\/shop\.enc\.txt written/);
  assert.ok(!sealed().includes(canary));
  assert.match(await cli.ok('decrypt', 'shop'), new RegExp(`TOKEN=${canary}`));
  const before = sealed();
  assert.match(await cli.ok('encrypt', 'shop'), /up to date/);
  assert.equal(sealed(), before);
  await cli.ok('encrypt', 'shop', '--delete');
  assert.equal(existsSync(root.path('secrets/shop.txt')), false);
});

test('an edit goes through memory only, and nothing of it stays', async () => {
  const seen = root.path('seen.txt');
  const { code, stdout } = await edit(`stat -f -c %T "$1" > ${seen}; stat -c %a "$1" "$(dirname "$1")" >> ${seen}; sed -i 's/${canary}/${canary}2/' "$1"`);
  assert.equal(code, 0, stdout);
  assert.deepEqual(readFileSync(seen, 'utf8').trim().split('\n'), ['tmpfs', '600', '700']);
  assert.match(await cli.ok('decrypt', 'shop'), new RegExp(`TOKEN=${canary}2`));
  assert.deepEqual(leftovers(), []);
});

test('an edit that changes nothing writes nothing; an editor that fails changes nothing', async () => {
  const before = sealed();
  assert.match((await edit('true')).stdout, /unchanged/);
  const failed = await edit('echo LOST=1 >> "$1"; exit 3');
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /exit code 3: nothing was changed/);
  assert.equal(sealed(), before);
  assert.deepEqual(leftovers(), []);
});

test('when an edit cannot be sealed, the text is kept and its place is told', async () => {
  const before = sealed();
  const rules = readFileSync(root.path('secrets/.sops.yaml'), 'utf8');
  const { code, stdout } = await edit(`echo NEW=${canary}3 >> "$1"; echo 'creation_rules: [{age: broken}]' > ${root.path('secrets/.sops.yaml')}`);
  writeFileSync(root.path('secrets/.sops.yaml'), rules);
  assert.equal(code, 1, stdout);
  const kept = /kept in (\S+)/.exec(stdout)[1];
  assert.match(readFileSync(kept, 'utf8'), new RegExp(`NEW=${canary}3`));
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  assert.equal(sealed(), before);
  execFileSync('rm', ['-r', dirname(kept)]);
});

test('without the key nothing is replaced and no plain file is believed', async () => {
  const before = sealed();
  root.write('secrets/shop.txt', 'TOKEN=stale\n', 0o600);
  const blind = { env: { SOPS_AGE_KEY_FILE: '/nowhere' } };
  assert.equal((await cli.with(blind, 'decrypt', 'shop')).code, 1);
  const { code, stderr } = await cli.with(blind, 'encrypt', 'shop', '--delete');
  assert.equal(code, 1);
  assert.match(stderr, /would be lost/);
  assert.equal(sealed(), before);
  assert.ok(existsSync(root.path('secrets/shop.txt')));
  await cli.ok('decrypt', 'shop', '--to-file');
  assert.equal(statSync(root.path('secrets/shop.txt')).mode & 0o777, 0o600);
});

test('names that lead out of the folder are refused', async () => {
  for (const name of ['../itsup', '.sops', 'a/b']) assert.equal((await cli.run('decrypt', name)).code, 1, name);
});

test('generate reads sealed infrastructure secrets', async () => {
  await cli.ok('encrypt', 'itsup', '--delete');
  await cli.ok('generate', '--out', root.path('out'));
  assert.match(readFileSync(root.path('out/proxy/traefik/traefik.yml'), 'utf8'), /a@example\.test/);
});

function git(dir, ...args) {
  return execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@test', '-C', dir, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: root.dir } });
}

test('commit refuses plain secrets that are neither sealed nor ignored', async () => {
  const bare = new Root();
  const bin = new Cli(bare);
  try {
    bare.write('secrets/itsup.txt', `TOKEN=${canary}\n`, 0o600);
    git(bare.dir, 'init', '-q', '-b', 'main', 'secrets');
    const { code, stderr } = await bin.run('commit', '-m', 'Begin');
    assert.equal(code, 1);
    assert.match(stderr, /itsup\.txt is not encrypted; write secrets\/\.sops\.yaml/);
    assert.throws(() => git(bare.path('secrets'), 'rev-parse', 'HEAD'), 'nothing was committed');
    bare.write('secrets/.gitignore', '*.txt\n!*.enc.txt\n');
    await bin.ok('commit', '-m', 'Begin');
    assert.equal(git(bare.path('secrets'), 'ls-files').trim(), '.gitignore');
  } finally {
    bare.remove();
  }
});

test('commit seals plain secrets, pushes, and pull brings what others pushed', async () => {
  writeFileSync(root.path('.gitconfig'), '[user]\nname = T\nemail = t@test\n[init]\ndefaultBranch = main\n');
  for (const folder of ['projects', 'secrets']) {
    mkdirSync(root.path('remotes'), { recursive: true });
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', root.path(`remotes/${folder}.git`)]);
    git(root.dir, 'init', '-q', '-b', 'main', folder);
    git(root.path(folder), 'remote', 'add', 'origin', root.path(`remotes/${folder}.git`));
    git(root.path(folder), 'commit', '-q', '--allow-empty', '-m', 'Begin');
    git(root.path(folder), 'push', '-q', '-u', 'origin', 'main');
  }
  root.write('secrets/other.txt', `OTHER=${canary}\n`, 0o600);
  const out = await cli.ok('commit', '-m', 'Add the shop');
  assert.match(out, /projects: committed [0-9a-f]{12}, pushed/);
  const files = git(root.path('remotes/secrets.git'), 'ls-tree', '-r', '--name-only', 'main').trim().split('\n');
  assert.ok(files.includes('other.enc.txt') && !files.includes('other.txt'), files.join());
  assert.throws(() => git(root.path('remotes/secrets.git'), 'grep', '-q', canary, 'main'), 'no plain text was pushed');
});

test('commit lets a plain file leave that was tracked before it was sealed', async () => {
  const folder = root.path('secrets');
  root.write('secrets/late.txt', 'LATE=1\n', 0o600);
  git(folder, 'add', '--force', 'late.txt');
  git(folder, 'commit', '-q', '-m', 'A mistake');
  assert.match(await cli.ok('commit', '-m', 'Seal it'), /secrets: committed/);
  const files = git(folder, 'ls-files').trim().split('\n');
  assert.ok(files.includes('late.enc.txt') && !files.includes('late.txt'), files.join());
});

test('pull rebases what is ours, leaves a conflict as it was, and tries both', async () => {
  const clone = root.path('clone');
  execFileSync('git', ['clone', '-q', root.path('remotes/projects.git'), clone]);
  writeFileSync(join(clone, 'note.txt'), 'theirs\n');
  git(clone, 'add', '-A');
  git(clone, 'commit', '-q', '-m', 'Note');
  git(clone, 'push', '-q');
  assert.match(await cli.ok('pull'), /projects: now at [0-9a-f]{12}/);
  assert.equal(readFileSync(root.path('projects/note.txt'), 'utf8'), 'theirs\n');
  writeFileSync(join(clone, 'note.txt'), 'theirs again\n');
  git(clone, 'commit', '-qam', 'Again');
  git(clone, 'push', '-q');
  writeFileSync(root.path('projects/note.txt'), 'ours\n');
  git(root.path('projects'), 'commit', '-qam', 'Ours');
  const { code, stdout, stderr } = await cli.run('pull');
  assert.equal(code, 1);
  assert.match(stderr, /note\.txt/);
  assert.match(stdout, /secrets: up to date/);
  assert.equal(readFileSync(root.path('projects/note.txt'), 'utf8'), 'ours\n');
});
