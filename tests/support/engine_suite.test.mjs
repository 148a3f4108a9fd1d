// The C++ suite of tests/engine on this run's engine: one subtest for each of its tests.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Engine } from './engine.mjs';
import { run } from './process.mjs';

const program = process.env.ITSUP_ENGINE_TEST ?? resolve(import.meta.dirname, '../../build/dev/tests/engine/engine_test');

test('the engine suite', { timeout: 900_000 }, async (t) => {
  assert.ok(existsSync(program), `${program} is not built: cmake --build --preset dev`);
  const engine = Engine.shared();
  const report = join(mkdtempSync(join(tmpdir(), 'itsup-suite-')), 'report.json');
  const { stdout, stderr } = await run(program, [`--gtest_output=json:${report}`], {
    env: { ...process.env, ITSUP_TEST_DOCKER_HOST: engine.host },
    allowFailure: true,
    timeoutMs: 880_000,
  });
  await engine.sweep();
  assert.ok(existsSync(report), `it ended without a report:\n${(stdout + stderr).slice(-4000)}`);
  const { testsuites } = JSON.parse(readFileSync(report, 'utf8'));
  for (const suite of testsuites) {
    for (const one of suite.testsuite) {
      await t.test(`${suite.name}.${one.name}`, () => {
        assert.deepEqual((one.failures ?? []).map((failure) => failure.failure), []);
        assert.equal(one.result, 'COMPLETED');
      });
    }
  }
});
