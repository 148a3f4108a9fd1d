// What lies in the way of a generated file: it makes way, or it is named before anything is written, and it never blocks another write.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Daemon, program } from '../support/daemon.mjs';
import { run } from '../support/process.mjs';
import { Root, web } from '../support/root.mjs';

const root = new Root();
const daemon = new Daemon(root);
after(async () => {
  await daemon.dispose();
  root.remove();
});

const journal = '.itsup-transaction';
const text = (path) => readFileSync(root.path(path), 'utf8');
const generate = (options) => run(program, ['generate', '--root', root.dir, '--out', root.dir], options);

for (const name of ['a', 'b']) {
  root.project(name, {
    compose: { services: { web: web() } },
    ingress: { ingress: [{ service: 'web', domain: `${name}.test`, port: 8080 }] },
    raw: { 'files/f': 'first\n', 'files/folder/x': 'x\n' },
  });
}

test('a folder that Docker made of a missing file makes way for the file', async () => {
  await generate();
  mkdirSync(root.path('upstream/b/files/app.conf'));
  root.write('projects/b/files/app.conf', 'conf\n').write('projects/a/files/f', 'second\n');
  await generate();
  assert.equal(text('upstream/b/files/app.conf'), 'conf\n');
  assert.equal(text('upstream/a/files/f'), 'second\n');
});

test('a file becomes a folder, and a folder a file', async () => {
  rmSync(root.path('projects/a/files/folder'), { recursive: true });
  rmSync(root.path('projects/a/files/f'));
  root.write('projects/a/files/folder', 'now a file\n').write('projects/a/files/f/x', 'below\n');
  await generate();
  assert.equal(text('upstream/a/files/folder'), 'now a file\n');
  assert.equal(text('upstream/a/files/f/x'), 'below\n');
});

test('what is not ours to remove is named, and nothing is written', async () => {
  rmSync(root.path('upstream/b/docker-compose.yml'));
  root.write('upstream/b/docker-compose.yml/mine', 'mine\n').write('projects/a/files/f/x', 'new\n');
  const { code, stderr } = await generate({ allowFailure: true });
  assert.equal(code, 1);
  assert.match(stderr, /upstream\/b\/docker-compose\.yml: a folder with something in it lies where a file belongs; move it away/);
  assert.equal(text('upstream/a/files/f/x'), 'below\n');
  assert.ok(!existsSync(root.path(journal)));
  rmSync(root.path('upstream/b/docker-compose.yml'), { recursive: true });
  await generate();
  assert.equal(text('upstream/a/files/f/x'), 'new\n');
});

test('generated folders of the root may lie on another disk', async () => {
  const disk = root.beside('disk');
  mkdirSync(disk);
  for (const name of ['upstream', 'proxy']) {
    renameSync(root.path(name), `${disk}/${name}`);
    symlinkSync(`${disk}/${name}`, root.path(name));
  }
  renameSync(`${disk}/upstream/b`, `${disk}/b`);
  symlinkSync('../b', `${disk}/upstream/b`);
  root.write('projects/b/files/app.conf', 'on another disk\n');
  await generate();
  assert.equal(readFileSync(`${disk}/b/files/app.conf`, 'utf8'), 'on another disk\n');
  assert.ok(lstatSync(root.path('upstream')).isSymbolicLink());
});

test('files/ that is a link is named by validate and copied by nobody', async () => {
  root.project('linked', { compose: { services: { web: web() } }, ingress: { enabled: true } });
  symlinkSync('/etc', root.path('projects/linked/files'));
  const { code, stdout, stderr } = await run(program, ['validate', '--root', root.dir], { allowFailure: true });
  assert.equal(code, 1);
  assert.match(stdout + stderr, /projects\/linked\/files: is a symbolic link/);
  assert.equal((await generate({ allowFailure: true })).code, 1);
  assert.ok(!root.has('upstream/linked/files'));
  rmSync(root.path('projects/linked'), { recursive: true });
});

test('a journal that cannot be carried out keeps neither the daemon nor a write', async () => {
  const left = 'Mprojects\0.x.0123456789ab.tmp\0';
  writeFileSync(root.path(journal), left);
  writeFileSync(root.path('.x.0123456789ab.tmp'), 'no folder');
  assert.ok(!root.has('data/traefik-api-token'));
  await daemon.start();
  assert.match(text('logs/api.log'), /could not be finished \(projects: Is a directory\)/);
  await daemon.stop();
  assert.equal(statSync(root.path('data/traefik-api-token')).mode & 0o777, 0o600);
  assert.equal(text(`${journal}.failed`), left);
  assert.ok(!existsSync(root.path(journal)));
  await generate();
});
