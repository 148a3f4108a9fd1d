// The mock's deployments: a script of steps with output, recorded and published as it goes.

const script = [
  { name: 'validate', lines: 1 },
  { name: 'render', lines: 1 },
  { name: 'plan', lines: 2 },
  { name: 'pull', service: 'web', lines: 8 },
  { name: 'start new', service: 'web', lines: 3 },
  { name: 'wait', service: 'web', lines: 4 },
  { name: 'take old out of routing', service: 'web', lines: 1 },
  { name: 'stop old', service: 'web', lines: 2 },
  { name: 'verify', lines: 1 },
];
const paceMs = Number(process.env.MOCK_PACE ?? 60);

export function makeDeployments({ emitter, store, publish, changed }) {
  const all = new Map();
  let number = 0;

  function record(one, event, data) {
    one.seq += 1;
    const entry = { event, seq: one.seq, data: { time: new Date().toISOString(), ...data } };
    if (event === 'end') entry.data = data;
    one.events.push(entry);
    emitter.emit(`deployment:${one.view.id}`, entry);
  }

  function setState(one, state) {
    one.view = { ...one.view, state };
    if (state === 'running') one.view.started_at = new Date().toISOString();
    record(one, 'state', { state });
    publish('deployment', one.view);
  }

  function finish(one, state, error = null) {
    one.view = { ...one.view, state, finished_at: new Date().toISOString(), error };
    record(one, 'end', one.view);
    publish('deployment', one.view);
    const project = store.get(one.view.project);
    if (project === undefined) return;
    const { action } = one.view;
    const ok = state === 'succeeded';
    const running = action === 'stop' ? 'exited' : 'running';
    if (ok) delete project.forced;
    for (const each of ok ? project.services.flatMap((s) => s.containers) : []) {
      const health = running === 'running' ? 'healthy' : null;
      Object.assign(each, { state: running, health, exit_code: running === 'running' ? null : 0 });
    }
    project.deploying = false;
    project.last_deployment = { id: one.view.id, state, finished_at: one.view.finished_at };
    changed(project);
  }

  function failure(step) {
    return {
      step: step.name,
      service: step.service ?? null,
      message: 'web-3 did not become healthy within 30 s; the old version keeps serving',
      health: ['curl: (7) Failed to connect to localhost port 8080', 'exit code 1'],
      last_lines: ['starting', '\u001b[31mError:\u001b[0m DATABASE_URL is not set', 'at main.js:12'],
    };
  }

  async function run(one) {
    const pause = () => new Promise((resolve) => setTimeout(resolve, paceMs));
    await pause();
    setState(one, 'running');
    for (const [at, wanted] of script.entries()) {
      const step = { seq: at + 1, name: wanted.name, service: wanted.service ?? '', state: 'running', started_at: new Date().toISOString(), finished_at: null };
      const put = (changes) => {
        Object.assign(step, changes);
        one.view = { ...one.view, steps: [...one.view.steps.filter((s) => s.seq !== step.seq), { ...step }] };
        record(one, 'step', { ...step });
      };
      put({});
      for (let line = 0; line < wanted.lines; line += 1) {
        await pause();
        if (one.cancelled) {
          put({ state: 'cancelled', finished_at: new Date().toISOString() });
          return finish(one, 'cancelled');
        }
        record(one, 'output', { step: step.seq, service: step.service, line: `\u001b[36m${wanted.name}\u001b[0m ${wanted.service ?? ''} line ${line + 1} of ${wanted.lines}` });
      }
      const failed = one.fails && wanted.name === 'wait';
      put({ state: failed ? 'failed' : 'succeeded', finished_at: new Date().toISOString() });
      if (failed) return finish(one, 'failed', failure(wanted));
    }
    return finish(one, 'succeeded');
  }

  return {
    get: (id) => all.get(id),
    list: (project) =>
      [...all.values()]
        .map((one) => one.view)
        .filter((view) => project === undefined || view.project === project)
        .reverse(),
    cancel: (id) => {
      all.get(id).cancelled = true;
    },
    start(project, action) {
      number += 1;
      const id = `01910000-0000-7000-8000-${String(number).padStart(12, '0')}`;
      const view = { id, project, action, state: 'queued', actor: 'admin', cause: 'ui', request_id: id.replace('0191', '0190'), created_at: new Date().toISOString(), started_at: null, finished_at: null, services: [], steps: [], error: null };
      const host = store.get(project);
      const one = { view, events: [], seq: 0, fails: host?.failNext === true, cancelled: false };
      all.set(id, one);
      publish('deployment', view);
      if (host !== undefined) {
        host.failNext = false;
        host.deploying = true;
        host.last_deployment = { id, state: 'running', finished_at: null };
        changed(host);
      }
      void run(one);
      return view;
    },
  };
}
