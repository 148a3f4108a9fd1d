import { describe, expect, it } from 'vitest';
import type { Deployment } from '../api/types';
import { linesMax, Transcript } from './transcript';

const deployment: Deployment = {
  id: 'd1',
  project: 'web',
  action: 'deploy',
  state: 'running',
  actor: 'admin',
  cause: 'ui',
  request_id: 'r1',
  started_at: null,
  finished_at: null,
  error: null,
  created_at: '2026-01-01T00:00:00.000Z',
  services: [],
  steps: [],
};

const began = { seq: 1, name: 'pull', state: 'running', started_at: '2026-01-01T00:00:01Z' };
const done = { ...began, state: 'succeeded', finished_at: '2026-01-01T00:00:02Z' };

describe('Transcript', () => {
  it('puts output under its step', () => {
    const record = new Transcript();
    record.setDeployment(deployment);
    record.receive('step', began, '1');
    record.receive('output', { step: 1, line: 'a' }, '2');
    record.receive('output', { step: 1, service: 'web', line: 'b' }, '3');
    record.receive('step', done);
    expect(record.orderedSteps()).toEqual([done]);
    expect(record.output.get(1)?.lines.map((one) => one.line)).toEqual(['a', 'b']);
  });

  it('takes a replay without doubling or going back', () => {
    const record = new Transcript();
    record.setDeployment(deployment);
    const events: [string, unknown, string][] = [
      ['step', began, '1'],
      ['output', { step: 1, line: 'a' }, '2'],
      ['step', done, '3'],
    ];
    for (const event of [...events, ...events]) record.receive(...event);
    expect(record.output.get(1)?.lines).toHaveLength(1);
    expect(record.steps.get(1)?.state).toBe('succeeded');
  });

  it('keeps the end', () => {
    const record = new Transcript();
    record.setDeployment(deployment);
    record.receive('end', { ...deployment, state: 'failed' });
    record.receive('state', { state: 'running' });
    record.setDeployment(deployment);
    expect(record.deployment?.state).toBe('failed');
    expect(record.ended).toBe(true);
  });

  it('is bounded and says how much it let go', () => {
    const record = new Transcript();
    const total = linesMax * 3;
    for (let seq = 1; seq <= total; seq += 1) record.receive('output', { step: 1, line: 'x' }, String(seq));
    const output = record.output.get(1)!;
    expect(output.lines.length).toBeLessThanOrEqual(linesMax * 1.2);
    expect(output.lines.length + output.dropped).toBe(total);
  });

  it('bears what is not an event', () => {
    const record = new Transcript();
    for (const data of [null, 1, 'x', [], {}, { step: {} }]) {
      for (const event of ['state', 'step', 'output']) {
        record.receive(event, data);
      }
    }
    expect(record.orderedSteps()).toEqual([]);
  });
});
