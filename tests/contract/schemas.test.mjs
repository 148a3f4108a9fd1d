// The JSON Schemas: every file that the reader takes is taken, and slips that an editor should underline are not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const repo = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const itsup = process.env.ITSUP_BIN ?? join(repo, 'build/release/itsup');
const schemaOf = (name) => new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(JSON.parse(execFileSync(itsup, ['schema', name], { encoding: 'utf8' })));
const take = { project: schemaOf('itsup-project'), settings: schemaOf('itsup'), backup: schemaOf('backup') };
// The reader follows YAML 1.1 where the older installations did.
const load = (text) => parse(text, { version: '1.1', uniqueKeys: false, logLevel: 'silent' });

function* filesOf(root) {
  const projects = join(root, 'projects');
  if (existsSync(join(projects, 'itsup.yml'))) yield { validate: take.settings, path: join(projects, 'itsup.yml'), project: undefined };
  for (const entry of existsSync(projects) ? readdirSync(projects, { withFileTypes: true }) : []) {
    if (!entry.isDirectory()) continue;
    const folder = join(projects, entry.name);
    const own = ['itsup-project.yml', 'ingress.yml'].map((name) => join(folder, name)).find(existsSync);
    if (own) yield { validate: take.project, path: own, project: entry.name };
    if (existsSync(join(folder, 'backup.yml'))) yield { validate: take.backup, path: join(folder, 'backup.yml'), project: entry.name };
  }
}

/** What `itsup validate` says of a root, by file. */
function problemsOf(root) {
  try {
    return JSON.parse(execFileSync(itsup, ['--root', root, 'validate', '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch (error) {
    return JSON.parse(error.stdout);
  }
}

const cases = join(repo, 'tests/golden/cases');
const roots = readdirSync(cases).map((name) => ({ name, root: join(cases, name, 'root') })).filter(({ root }) => existsSync(join(root, 'projects')));
roots.push({ name: 'samples', root: join(repo, 'samples') });

test('what the reader takes without a word, the schema takes', () => {
  let taken = 0;
  for (const { name, root } of roots) {
    const problems = problemsOf(root).problems;
    for (const { path, validate } of filesOf(root)) {
      const relative = path.slice(root.length + 1);
      if (problems.some((problem) => problem.file === relative)) continue;
      assert.ok(validate(load(readFileSync(path, 'utf8'))), `${name} ${relative}: ${JSON.stringify(validate.errors)}`);
      taken += 1;
    }
  }
  assert.ok(taken > 80, `${taken} files`);
});

const slips = [
  ['project', 'enable: true'],
  ['project', 'enabled: maybe'],
  ['project', 'ingress: {service: web}'],
  ['project', 'ingress: [{service: web, port: 70000}]'],
  ['project', 'ingress: [{service: web, router: ftp}]'],
  ['project', 'ingress: [{service: web, tls: web.example.org}]'],
  ['project', 'egress: redis'],
  ['settings', 'crowdsec: true'],
  ['settings', 'versions: {traefik: [1]}'],
  ['backup', 'exclude: data'],
];
for (const [kind, text] of slips) {
  test(`an editor underlines: ${text}`, () => assert.ok(!take[kind](load(text))));
}
