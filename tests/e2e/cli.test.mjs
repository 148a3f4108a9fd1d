// The command line by itself: help, completions in the real shells, create, projects, migrate.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli } from '../support/cli.mjs';
import { run } from '../support/process.mjs';
import { Root, web } from '../support/root.mjs';

let root;
let cli;
let shellEnv;

before(() => {
  root = new Root();
  root.project('shop', { compose: { services: { web: web() } } });
  cli = new Cli(root);
  mkdirSync(root.path('bin'));
  symlinkSync(process.env.ITSUP_BIN, root.path('bin/itsup'));
  shellEnv = { ...cli.env, PATH: `${root.path('bin')}:${process.env.PATH}`, TERM: 'dumb' };
});
after(() => root.remove());

/** Everything below a folder: what it is, when it was changed, what it holds. */
function treeOf(dir) {
  return readdirSync(dir, { recursive: true }).sort().map((name) => {
    const path = join(dir, name);
    const entry = lstatSync(path);
    const { mode, mtimeMs, ino } = entry;
    return [name, mode, mtimeMs, ino, entry.isFile() ? readFileSync(path, 'latin1') : ''];
  });
}

test('every command has help with an example; misuse is exit code 2', async () => {
  const help = await cli.ok('--help');
  const commands = [...help.matchAll(/^  ([a-z][a-z-]+) {2,}/gm)].map((match) => match[1]);
  assert.ok(commands.length > 20, help);
  for (const command of commands.filter((one) => !['serve', 'openapi'].includes(one))) {
    assert.match(await cli.ok(command, '--help'), new RegExp(`Example: itsup .*${command}`), command);
  }
  for (const wrong of [['no-such-command'], ['plan'], ['logs', 'shop', '--bogus'], []]) {
    assert.equal((await cli.run(...wrong)).code, 2, wrong.join(' '));
  }
});

test('the folder that it is called in is never taken for the installation', async (t) => {
  // Out of the checkout, which would be a root of its own.
  const installed = mkdtempSync(join(tmpdir(), 'itsup-installed-'));
  t.after(() => rmSync(installed, { recursive: true }));
  const program = join(installed, 'itsup');
  copyFileSync(process.env.ITSUP_BIN, program);
  const { ITSUP_ROOT, ...env } = cli.env;
  for (const args of [['validate'], ['apply'], ['status']]) {
    const { code, stderr } = await run(program, args, { env, cwd: root.dir, allowFailure: true });
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /--root FOLDER, or set ITSUP_ROOT/);
  }
  assert.equal(existsSync(root.path('data')), false);
  assert.equal((await run(program, ['validate', '--root', ITSUP_ROOT], { env, cwd: '/', allowFailure: true })).code, 0);
});

test('logs of a file say which options they do not know, instead of ignoring them', async () => {
  for (const option of [['--service', 'web'], ['--timestamps']]) {
    const { code, stderr } = await cli.run('logs', 'access', ...option);
    assert.equal(code, 2, option.join(' '));
    assert.match(stderr, /access\.log is a file of records/);
  }
  for (const option of [['--grep', '('], ['--since', 'yesterday']]) {
    const { code, stderr } = await cli.run('logs', 'access', ...option);
    assert.equal(code, 2, option.join(' '));
    assert.match(stderr, new RegExp(`✗ ${option[0]}: `));
  }
});

test('logs of a file are filtered by time and by text', async () => {
  const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const records = [
    { time: ago(90), RequestPath: '/old' },
    { StartUTC: ago(5), RequestPath: '/a' },
    { time: ago(4), RequestPath: '/b' },
    { RequestPath: '/timeless' },
  ].map((record) => JSON.stringify(record));
  root.write('logs/access.log', `${records.join('\n')}\nno record\n`);
  const asked = async (...options) => (await cli.ok('logs', 'access', ...options)).split('\n').filter(Boolean);
  assert.deepEqual(await asked(), [...records, 'no record']);
  assert.deepEqual(await asked('--since', '10m'), records.slice(1, 3));
  assert.deepEqual(await asked('--since', '10m', '--grep', '"/[b-z]"'), [records[2]]);
  assert.deepEqual(await asked('--grep', 'Path.*(a|old)"'), records.slice(0, 2));
  assert.deepEqual(await asked('--tail', '2'), [records[3], 'no record']);
  assert.equal((await cli.run('logs', 'api')).code, 1, 'a file that is not there');
});

test('bare logs name what there is to look at', async () => {
  assert.deepEqual((await cli.ok('logs')).trim().split('\n'), ['access', 'api', 'dns', 'proxy', 'shop']);
});

test('-v says more, and nothing else changes', async () => {
  const [quiet, loud] = [await cli.run('plan', 'shop'), await cli.run('-vv', 'plan', 'shop')];
  assert.equal(loud.stdout, quiet.stdout);
  assert.equal(quiet.stderr, '');
  assert.match(loud.stderr, /^·/m);
});

async function completion(shell) {
  const file = root.path(`completion.${shell}`);
  writeFileSync(file, await cli.ok('completion', shell));
  return file;
}

test('bash completes commands, options and names', async () => {
  const file = await completion('bash');
  const complete = async (...words) => {
    const script = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _itsup; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await run('bash', ['-euc', script, 'bash', file, ...words], { env: shellEnv })).stdout.trim().split('\n');
  };
  assert.deepEqual(await complete('itsup', 'appl'), ['apply']);
  assert.deepEqual(await complete('itsup', 'logs', 'sh'), ['shop']);
  assert.deepEqual(await complete('itsup', '--root', root.dir, 'logs', '--fo'), ['--follow']);
  assert.deepEqual(await complete('itsup', 'apply', 'pro'), ['proxy']);
  assert.deepEqual(await complete('itsup', 'completion', ''), ['--help', '-h', 'bash', 'zsh', 'fish']);
});

test('fish completes commands, options and names', async () => {
  const file = await completion('fish');
  const complete = async (line) => {
    const { stdout } = await run('fish', ['--no-config', '-c', `source $argv[1]; complete -C $argv[2]`, file, line], { env: shellEnv });
    return stdout.trim().split('\n').map((one) => one.split('\t')[0]);
  };
  assert.deepEqual(await complete('itsup appl'), ['apply']);
  assert.deepEqual(await complete('itsup logs sh'), ['shop']);
  assert.deepEqual(await complete('itsup logs --fol'), ['--follow']);
});

test('zsh completes commands, options and names', async () => {
  const file = await completion('zsh');
  // A real interactive zsh on a terminal of its own; TAB is typed into it. What is typed is echoed, hence REA''DY.
  const script = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z "PS1=; autoload -U compinit; compinit -u -D; . $1; print REA''DY"
    zpty -r z out '*READY*'
    zpty -w -n z "$2"$'\\t'
    out=
    for i in {1..100}; do
      while zpty -r -t z more '*'; do out+=\${more//$'\\a'/}; done
      [[ $out == *"$3"* ]] && break
      sleep 0.1
    done
    print -r -- $out
    zpty -d z`;
  const complete = async (typed, wanted) => {
    const { stdout } = await run('zsh', ['-fc', script, 'zsh', file, typed, wanted], { env: shellEnv, timeoutMs: 60_000 });
    assert.ok(stdout.includes(wanted), `${typed} → ${stdout}`);
  };
  await complete('itsup appl', 'itsup apply ');
  await complete('itsup logs sh', 'itsup logs shop ');
  await complete('itsup logs --fol', 'itsup logs --follow ');
});

test('create makes a project that validates, and never overwrites', async () => {
  await cli.ok('create', 'blog', '--image', 'nginx:1.27', '--port', '80');
  assert.match(readFileSync(root.path('projects/blog/itsup-project.yml'), 'utf8'), /domain: blog\.test\n/);
  assert.equal(statSync(root.path('secrets/blog.txt')).mode & 0o777, 0o600);
  await cli.ok('validate', 'blog');
  for (const name of ['a_b', 'ends-', 'blog', 'proxy', 'Über', '../x', 'itsup']) {
    assert.equal((await cli.run('create', name)).code, 1, name);
  }
});

test('projects lists names, or the files of one', async () => {
  assert.match(await cli.ok('projects'), /^shop +container/m);
  assert.deepEqual((await cli.ok('projects', 'blog')).trim().split('\n'), [
    'projects/blog/docker-compose.yml', 'projects/blog/itsup-project.yml', 'secrets/blog.txt',
  ]);
  assert.equal((await cli.run('projects', 'nope')).code, 1);
});

test('migrate renames, sets the version, keeps everything else, and is content when nothing is to do', async () => {
  root.write('projects/itsup.yml', '# mine\ntraefikDomain: traefik.test # dashboard\nschemaVersion: 1.0.0  # old\nversions: {traefik: v3.6}\nrouterIP: 10.0.0.1\n');
  root.write('projects/old/docker-compose.yml', { services: { web: web() } });
  root.write('projects/old/ingress.yml', '# kept\nenabled: true\n');
  root.write('projects/both/ingress.yml', 'enabled: false\n');
  root.write('projects/both/itsup-project.yml', 'host: 10.0.0.9\n');
  const planned = await cli.ok('migrate', '--dry-run');
  assert.match(planned, /would: projects\/old\/ingress\.yml/);
  assert.ok(existsSync(root.path('projects/old/ingress.yml')));
  await cli.ok('migrate');
  assert.equal(readFileSync(root.path('projects/old/itsup-project.yml'), 'utf8'), '# kept\nenabled: true\n');
  assert.equal(existsSync(root.path('projects/old/ingress.yml')), false);
  assert.ok(existsSync(root.path('projects/both/ingress.yml')));
  assert.equal(
    readFileSync(root.path('projects/itsup.yml'), 'utf8'),
    '# mine\ntraefikDomain: traefik.test # dashboard\nschemaVersion: 2.1.0  # old\nversions: {traefik: v3.6}\nrouterIP: 10.0.0.1\n',
  );
  assert.match(await cli.ok('migrate'), /up to date/);
});

test('files of an older format are not brought up by docker compose itself either', async () => {
  const settings = readFileSync(root.path('projects/itsup.yml'), 'utf8');
  root.write('projects/itsup.yml', settings.replace('2.1.0', '2.0.0'));
  for (const args of [['svc', 'shop', 'up'], ['svc', 'shop', 'restart', 'web'], ['dns', 'restart'], ['proxy', 'create']]) {
    const { code, stderr } = await cli.run(...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /projects\/itsup\.yml.*2\.0\.0 is older than 2\.1\.0.*itsup migrate/);
  }
  for (const args of [['svc', 'shop', 'ps'], ['svc', 'shop', 'down'], ['dns', 'stop']]) {
    assert.match((await cli.run(...args)).stderr, /was never generated/, args.join(' '));
  }
  root.write('projects/itsup.yml', settings);
});

test('generate writes below --out and touches nothing else', async (t) => {
  const out = mkdtempSync(join(tmpdir(), 'itsup-out-'));
  t.after(() => rmSync(out, { recursive: true }));
  const before = treeOf(root.dir);
  await cli.ok('generate', '--out', out);
  assert.deepEqual(treeOf(root.dir), before);
  assert.ok(existsSync(join(out, 'upstream/shop/docker-compose.yml')));
});

test('paths are relative for who stands in the root', async () => {
  const create = (name, cwd) => run(process.env.ITSUP_BIN, ['create', name], { env: cli.env, cwd, allowFailure: true });
  assert.match((await create('here', root.dir)).stdout, /^✓ made projects\/here\/docker-compose\.yml$/m);
  assert.match((await create('here', root.dir)).stderr, /^✗ projects\/here is there already$/m);
  assert.ok((await create('there', '/')).stdout.includes(`made ${root.path('projects/there/docker-compose.yml')}\n`));
});

test('migrate copes with a document mark and other forms of the file, or leaves it alone and says so', async () => {
  const whole = 'traefikDomain: traefik.test\nversions: {traefik: v3.6}\nrouterIP: 10.0.0.1\n';
  const migrated = async (text) => {
    root.write('projects/itsup.yml', text);
    const { code, stderr } = await cli.run('migrate');
    return { code, stderr, text: readFileSync(root.path('projects/itsup.yml'), 'utf8') };
  };
  assert.equal((await migrated(`---\n# mine\n${whole}`)).text, `---\n# mine\nschemaVersion: 2.1.0\n${whole}`);
  assert.equal((await migrated(whole)).text, `schemaVersion: 2.1.0\n${whole}`);
  assert.equal((await migrated('# nothing yet')).text, '# nothing yet\nschemaVersion: 2.1.0\n');
  for (const [text, said] of [
    ['{traefikDomain: traefik.test, routerIP: 10.0.0.1}\n', /yourself/],
    [`"schemaVersion": 1.0.0\n${whole}`, /yourself/],
    [`schemaVersion: 2.10.0\n${whole}`, /newer than 2\.1\.0/],
  ]) {
    const { code, stderr, text: left } = await migrated(text);
    assert.equal(code, 1);
    assert.match(stderr, said);
    assert.equal(left, text);
  }
  const wrong = await migrated(`traefikDomain: 'a b'\n${whole.slice(whole.indexOf('\n') + 1)}`);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /1 error in the configuration/);
  root.write('projects/itsup.yml', `schemaVersion: 2.1.0\n${whole}`);
});
