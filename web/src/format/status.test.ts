import { describe, expect, it } from 'vitest';
import type { Project, Reconcile, ReconcileRun, Repository } from '../api/types';
import {
  compareProjects,
  containerState,
  needsAttention,
  reconcileVerdict,
  servicesText,
  whyNotWell,
} from './status';

function project(changes: Partial<Project>): Project {
  return {
    name: 'web',
    kind: 'container',
    enabled: true,
    status: 'running',
    drift: false,
    services: { total: 2, running: 2, healthy: 2 },
    domains: [],
    last_deployment: null,
    problems: [],
    ...changes,
  };
}

const failed = { id: 'd', state: 'failed', finished_at: null };
const broken = {
  severity: 'error',
  file: 'projects/web/docker-compose.yml',
  line: 3,
  column: 1,
  path: '',
  message: 'no such key',
  hint: '',
};

describe('projects', () => {
  it('puts what is wrong first, then what moves, then the rest by name', () => {
    const list = [
      project({ name: 'b' }),
      project({ name: 'a' }),
      project({ name: 'off', status: 'disabled' }),
      project({ name: 'new', status: 'not_deployed' }),
      project({ name: 'moving', status: 'deploying' }),
      project({ name: 'lastfailed', last_deployment: failed }),
      project({ name: 'typo', status: 'invalid' }),
      project({ name: 'down', status: 'degraded' }),
    ];
    expect(list.sort(compareProjects).map((one) => one.name)).toEqual([
      'down',
      'typo',
      'lastfailed',
      'moving',
      'a',
      'b',
      'new',
      'off',
    ]);
  });

  it('does not worry about what is switched off', () => {
    expect(needsAttention(project({ status: 'disabled', last_deployment: failed }))).toBe(false);
    expect(needsAttention(project({ last_deployment: failed }))).toBe(true);
    expect(needsAttention(project({ problems: [broken] }))).toBe(true);
    expect(needsAttention(project({}))).toBe(false);
  });

  it('says why', () => {
    expect(whyNotWell(project({}))).toBe('');
    expect(whyNotWell(project({ status: 'invalid', problems: [broken] }))).toBe(
      'projects/web/docker-compose.yml:3: no such key',
    );
    const services = { total: 3, running: 2, healthy: 2 };
    expect(whyNotWell(project({ status: 'degraded', services }))).toBe('1 service of 3 not running');
    expect(servicesText(project({ services }))).toBe('2 of 3 running');
    expect(servicesText(project({ services, status: 'unknown' }))).toBe('unknown');
  });
});

describe('containerState', () => {
  it('prefers health while it runs, and the exit code after', () => {
    expect(containerState('running', 'unhealthy', null)).toEqual({ label: 'Unhealthy', tone: 'bad' });
    expect(containerState('running', null, null)).toEqual({ label: 'Running', tone: 'good' });
    expect(containerState('exited', null, 137).label).toBe('Exited with 137 (killed)');
    expect(containerState('exited', null, 3).label).toBe('Exited with 3');
    expect(containerState('exited', 'unhealthy', 0).tone).toBe('idle');
    expect(containerState('something_new', null, null)).toEqual({
      label: 'Something new',
      tone: 'idle',
    });
  });
});

describe('reconcileVerdict', () => {
  const calm = { drift: false, repositories: [], pending: [], differing: [], running: null, waiting: null, last: null };
  const label = (over: Partial<Reconcile>) => reconcileVerdict({ ...calm, ...over } as Reconcile).label;
  const run = (state: string) => ({ state }) as ReconcileRun;

  it('says that all is in step only when nothing failed', () => {
    expect(label({})).toBe('In step');
    expect(label({ last: run('succeeded') })).toBe('In step');
    expect(label({ last: run('failed') })).toBe('Failed');
    expect(label({ repositories: [{ error: 'git is missing' } as Repository] })).toBe('Failed');
    expect(label({ drift: true })).toBe('Drift');
  });

  it('says first what is being done', () => {
    expect(label({ running: run('running'), last: run('failed') })).toBe('Running');
    expect(label({ waiting: run('queued'), drift: true })).toBe('Waiting');
  });
});
