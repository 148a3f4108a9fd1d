// The API document as the linters of others see it, and proof that the validating proxy can say no.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { Api } from '../support/api.mjs';
import { run } from '../support/process.mjs';
import { ValidatingProxy, documentFile } from '../support/validating_proxy.mjs';

const tests = resolve(import.meta.dirname, '..');
const tool = (name) => join(tests, 'node_modules/.bin', name);
const options = { allowFailure: true, cwd: tests, env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' } };

const linters = {
  redocly: (file) => run(tool('redocly'), ['lint', '--config', join(tests, 'contract/redocly.yaml'), file], options),
  spectral: (file) => run(tool('spectral'), ['lint', '--fail-severity', 'warn', '--ruleset', join(tests, 'contract/spectral.yaml'), file], options),
};

/** What each must refuse, lest a rule set that checks nothing passes for a good document. */
const mistakes = {
  redocly: (paths) => (paths['/projects'].get.responses['200'].content['application/json'].schema = { $ref: '#/components/schemas/Nothing' }),
  spectral: (paths) => delete paths['/projects'].get.responses['200'],
};

for (const [name, lint] of Object.entries(linters)) {
  test(`${name} finds neither an error nor a warning`, async () => {
    const { code, stdout, stderr } = await lint(documentFile);
    assert.equal(code, 0, stdout + stderr);
    assert.doesNotMatch(stdout + stderr, /[1-9]\d* (problem|error|warning)/i);
  });

  test(`${name} refuses a document with a mistake`, async () => {
    const document = JSON.parse(readFileSync(documentFile, 'utf8'));
    mistakes[name](document.paths);
    const broken = join(tmpdir(), `broken-${name}.json`);
    writeFileSync(broken, JSON.stringify(document));
    const { code, stdout, stderr } = await lint(broken);
    assert.notEqual(code, 0, stdout + stderr);
  });
}

test('the validating proxy passes what keeps to the document and names what breaks it', async () => {
  let answer;
  const server = http.createServer((_, response) => response.writeHead(answer.status, { 'Content-Type': answer.type ?? 'application/json' }).end(answer.body));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());
  const { port } = server.address();
  const base = `http://127.0.0.1:${port}`;
  const proxy = new ValidatingProxy(base, port === 65_535 ? port - 1 : port + 1);
  after(() => proxy.stop());
  const api = new Api({ base, token: 'x', proxy });
  const good = { version: '1.2.3', commit: 'abc', build: 'release', api_level: 1 };
  answer = { status: 200, body: JSON.stringify(good) };
  assert.deepEqual((await api.request('GET', '/version')).body, good);
  assert.equal(proxy.validated, 1);
  for (const [what, violation] of [
    ['a status that is not declared', { status: 418, body: '{}' }],
    ['a member of the wrong type', { status: 200, body: JSON.stringify({ ...good, version: 7 }) }],
    ['a member that is missing', { status: 200, body: JSON.stringify({ version: '1.2.3' }) }],
    ['another media type', { status: 200, type: 'text/html', body: '<p>' }],
  ]) {
    answer = violation;
    await assert.rejects(api.request('GET', '/version'), /validated by prism/, what);
  }
});
