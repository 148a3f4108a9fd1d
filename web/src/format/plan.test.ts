import { describe, expect, it } from 'vitest';
import type { Plan } from '../api/types';
import { reasonText, summarisePlan, warningsOf } from './plan';

function plan(services: [string, string][], files: string[] = []): Plan {
  return {
    id: 'p',
    project: 'web',
    services: services.map(([name, action]) => ({ name, action, reasons: [], risks: [] })),
    files: files.map((path) => ({ path, diff: '' })),
    warnings: [],
  };
}

describe('summarisePlan', () => {
  it.each([
    [plan([]), 'A deploy would change nothing.'],
    [plan([['db', 'unchanged']], ['x']), 'A deploy writes new files and leaves every service.'],
    [plan([['web', 'roll_out']]), 'A deploy rolls out web.'],
    [
      plan([['web', 'roll_out'], ['db', 'recreate'], ['cache', 'unchanged'], ['old', 'remove']]),
      'A deploy rolls out web, recreates db and removes old.',
    ],
    [
      plan(['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'create'])),
      'A deploy creates a, b, c and 2 more.',
    ],
  ])('%#', (input, text) => {
    expect(summarisePlan(input)).toBe(text);
  });
});

it('warns of nothing that the problems of the files say already', () => {
  const file = 'projects/web/itsup-project.yml';
  const said = { severity: 'warning', file, line: 2, column: 1, path: 'ingres', message: 'unknown key, it has no effect' };
  const bare = { ...said, line: 0, column: 0, path: '', message: 'is empty', hint: '' };
  const warnings = [
    'nothing of cache runs, which web has egress to: deploy it, too',
    `${file}:2: ingres: unknown key, it has no effect; did you mean ingress?`,
    `${file}: is empty`,
  ];
  const asked = { ...plan([]), warnings };
  expect(warningsOf(asked, [])).toEqual(warnings);
  expect(warningsOf(asked, [{ ...said, hint: 'did you mean ingress?' }, bare])).toEqual([warnings[0]]);
});

describe('reasonText', () => {
  it('says as much as there is, with short digests', () => {
    const digest = `sha256:${'0123456789ab'.repeat(5)}cdef`;
    expect(reasonText({ what: 'image', from: digest, to: 'x' })).toBe(
      'image: sha256:0123456789ab → x',
    );
    expect(reasonText({ what: 'not running', from: '', to: '' })).toBe('not running');
    expect(reasonText({ what: 'replicas', from: '', to: '2' })).toBe('replicas: 2');
  });
});
