// The mock's host: projects, containers, deployments and logs that change by themselves.
import { EventEmitter } from 'node:events';
import { makeDeployments } from './deployments.mjs';
import { hostileLines } from './hostile.mjs';

const names = ['shop', 'blog', 'cloud', 'mail', 'git', 'photos', 'metrics', 'wiki', 'chat', 'music'];
const digest = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

function container(project, service, number, changes = {}) {
  return {
    id: `${project}${service}${number}`.padEnd(64, '0').replace(/[^0-9a-z]/g, '0'),
    name: `${project}-${service}-${number}`,
    number,
    state: 'running',
    health: 'healthy',
    exit_code: null,
    restart_count: 0,
    started_at: new Date(Date.now() - 86_400_000 * (number + 1.3)).toISOString(),
    image_id: digest,
    ...changes,
  };
}

function service(project, name, replicas, changes = {}) {
  return {
    name,
    image: `registry.example/${project}/${name}:1.4`,
    wanted: replicas,
    containers: Array.from({ length: replicas }, (_, at) => container(project, name, at + 1)),
    ...changes,
  };
}

function viewService(one) {
  const running = one.containers.filter((each) => each.state === 'running');
  const healthy = running.filter((each) => each.health !== 'unhealthy');
  const well = running.length === one.wanted && healthy.length === running.length;
  const status = one.containers.length === 0 ? 'not_deployed' : running.length === 0 ? 'stopped' : well ? 'running' : 'degraded';
  const replicas = { wanted: one.wanted, running: running.length, healthy: healthy.length };
  return { name: one.name, status, replicas, image: one.image, containers: one.containers };
}

/** `odd` adds what is rare in life and good for tests: hostile texts, names as long as they may be. */
export function makeWorld(count, odd = true) {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const store = new Map();
  const logs = new Map();
  let seq = 0;
  let engineAway = false;

  function add(name, changes = {}) {
    store.set(name, {
      name,
      kind: 'container',
      enabled: true,
      drift: false,
      domains: [`${name}.example.org`],
      problems: [],
      last_deployment: null,
      deploying: false,
      services: [service(name, 'web', 2), service(name, name === 'shop' ? 'ticker' : 'db', 1)],
      ...changes,
    });
  }

  for (let at = 0; at < count; at += 1) {
    add(at < names.length ? names[at] : `project-${at}`);
  }
  const broken = store.get('mail') ?? [...store.values()][0];
  Object.assign(broken.services[0].containers[1], { state: 'exited', health: null, exit_code: 137, restart_count: 4 });
  add('typo', {
    kind: 'invalid',
    services: [],
    forced: 'invalid',
    problems: [
      { severity: 'error', file: 'projects/typo/docker-compose.yml', line: 12, column: 5, path: 'services.web.prots', message: 'unknown key `prots`', hint: 'Did you mean `ports`?' },
      { severity: 'warning', file: 'projects/typo/itsup-project.yml', line: 3, column: 1, path: 'ingress[0].domain', message: 'the domain has no DNS record', hint: '' },
    ],
  });
  add('router', { kind: 'host', services: [], forced: 'reachable', domains: ['router.example.org'] });
  add('old', { enabled: false, forced: 'disabled', domains: [] });
  add('fresh', { services: [service('fresh', 'web', 1, { containers: [] })], forced: 'not_deployed', drift: true, problems: [
    { severity: 'warning', file: 'projects/fresh/itsup-project.yml', line: 2, column: 1, path: 'ingres', message: 'unknown key, it has no effect', hint: 'did you mean ingress?' },
  ] });
  if (odd) {
    add('a-project-with-a-name-as-long-as-they-may-be-which-is-sixty-3', {
      domains: ['a-very-long-name-of-a-host.in-some-department.of-a-company.example.org', 'second.example.org'],
    });
    add('hostile', {
      domains: ['javascript:alert(1)', 'x"><img src=x onerror=alert(2)>.example'],
      services: [service('hostile', 'web', 1, { image: '<img src=x onerror=alert(3)>' })],
    });
  }
  const stacks = {
    dns: { kind: 'dns', services: [service('dns', 'honeypot', 1)] },
    proxy: { kind: 'proxy', services: [service('proxy', 'traefik', 1), service('proxy', 'dockerproxy', 1)] },
  };

  function view(one) {
    const all = one.services.map(viewService);
    const running = all.filter((each) => ['running', 'degraded'].includes(each.status)).length;
    const healthy = all.filter((each) => each.status === 'running').length;
    let status = one.forced ?? (running === 0 ? 'stopped' : healthy < all.length ? 'degraded' : 'running');
    if (one.deploying) status = 'deploying';
    if (engineAway && one.kind === 'container' && one.enabled) status = 'unknown';
    const { name, kind, enabled, drift, domains, problems, last_deployment } = one;
    return { name, kind, enabled, status, drift, services: { total: all.length, running, healthy }, domains, last_deployment, problems };
  }

  const publish = (event, data) => emitter.emit('event', { event, data });
  const changed = (one) => publish('project', view(one));

  function write(project, serviceName, line, more = {}) {
    seq += 1;
    const record = { time: new Date().toISOString(), project, service: serviceName, container: `${project}-${serviceName}-1`, stream: 'stdout', line, level: '', seq, ...more };
    push(project, record);
  }

  function push(project, record) {
    const held = logs.get(project) ?? [];
    held.push(record);
    if (held.length > 120_000) held.splice(0, 20_000);
    logs.set(project, held);
    emitter.emit(`log:${project}`, record);
  }

  function mark(project, containerName, what) {
    seq += 1;
    push(project, { event: 'marker', seq, data: { time: new Date().toISOString(), project, service: 'web', container: containerName, what, seq } });
  }

  const deployments = makeDeployments({ emitter, store, stacks, publish, changed, write });
  // As on the tests' engine: a page of records is never without one.
  deployments.start('hostile', 'deploy');
  const colour = (code, text) => `\u001b[${code}m${text}\u001b[0m`;
  for (const name of [...store.keys(), 'dns', 'proxy']) {
    for (let at = 0; at < 300; at += 1) {
      write(name, at % 3 === 0 ? (name === 'shop' ? 'ticker' : 'db') : 'web', `${colour(32, 'GET')} /items/${at} ${colour(at % 17 === 0 ? '1;31' : 36, at % 17 === 0 ? 500 : 200)} in ${at % 90} ms`, { level: at % 17 === 0 ? 'error' : '' });
    }
  }
  if (odd) logs.set('hostile', []);
  for (const line of odd ? hostileLines : []) write('hostile', 'web', line);
  let tick = 0;
  setInterval(() => {
    tick += 1;
    write('shop', 'ticker', `INFO line ${tick} at ${Date.now()}`);
    if (tick % 10 === 0) write('proxy', 'traefik', `${colour(34, 'INF')} heartbeat ${tick}`);
  }, 100).unref();

  function control(what, body) {
    const one = store.get(body.project);
    if (what === 'remove') {
      store.delete(body.project);
      publish('project', { name: body.project, removed: true });
    } else if (['kill', 'stop', 'rm'].includes(what)) {
      const home = one.services.find((each) => each.containers.some((held) => held.name === body.container)) ?? one.services[0];
      const target = home.containers.find((held) => held.name === body.container) ?? home.containers[0];
      Object.assign(target, { state: 'exited', health: null, exit_code: what === 'stop' ? 143 : 137 });
      if (what === 'rm') home.containers.splice(home.containers.indexOf(target), 1);
      publish('container', { project: one.name, service: home.name, container: target.name });
      mark(one.name, target.name, 'die');
      changed(one);
    } else if (what === 'heal') {
      for (const each of one.services.flatMap((s) => s.containers)) Object.assign(each, { state: 'running', health: 'healthy', exit_code: null });
      publish('container', { project: one.name });
      mark(one.name, `${one.name}-web-1`, 'start');
      changed(one);
    } else if (what === 'engine') {
      engineAway = body.away;
      for (const each of store.values()) changed(each);
    } else if (what === 'log') {
      for (let at = 0; at < (body.count ?? 1); at += 1) write(body.project, body.service ?? 'web', body.line.replace('{n}', at));
    } else if (what === 'gap') {
      seq += 1;
      push(body.project, { event: 'gap', seq, data: { skipped: body.skipped, time: new Date().toISOString() } });
    } else if (what === 'fail') {
      one.failNext = true;
    } else {
      return false;
    }
    return true;
  }

  function health() {
    const ok = { status: 'ok', detail: '' };
    const docker = engineAway ? { status: 'failed', detail: 'connect /var/run/docker.sock: connection refused' } : ok;
    return { status: engineAway ? 'degraded' : 'ok', version: '0.1.0', uptime_s: 1234, checks: { docker, compose: ok, store: ok, network: ok, secrets: ok, disk: ok } };
  }

  function planOf(one) {
    const services = one.services.map((each, at) => ({
      name: each.name,
      action: at === 0 ? (each.containers.length === 0 ? 'create' : 'roll_out') : at === 1 && one.drift ? 'recreate' : 'unchanged',
      reasons: at === 0 ? [{ what: 'image', from: digest, to: digest.replace('9f86', '1a2b') }] : [],
      risks: at === 1 && one.drift ? ['volume `data`: cannot run twice, a short outage'] : [],
    }));
    const diff = `--- upstream/${one.name}/docker-compose.yml\n+++ upstream/${one.name}/docker-compose.yml\n@@ -3,7 +3,7 @@\n services:\n   web:\n-    image: registry.example/${one.name}/web:1.3\n+    image: registry.example/${one.name}/web:1.4\n     restart: unless-stopped\n`;
    const warnings = one.problems.filter((each) => each.severity === 'warning').map(({ file, line, path, message, hint }) => `${file}:${line}: ${path}: ${message}; ${hint}`);
    if (one.name === 'fresh') warnings.push('nothing of cache runs, which fresh has egress to: deploy it, too');
    return { id: 'plan', project: one.name, services, files: [{ path: `upstream/${one.name}/docker-compose.yml`, diff }], warnings };
  }

  function stackView(name) {
    const one = stacks[name] ?? store.get(name);
    const services = one.services.map(viewService);
    const well = services.every((each) => each.status === 'running');
    return { name, kind: one.kind === 'container' ? 'project' : one.kind, status: well ? 'running' : 'degraded', services };
  }

  const list = (items) => ({ body: { items, next_cursor: null } });
  const missing = (what) => ({ status: 404, problem: 'Not found', detail: `There is no ${what}.` });

  function projectAnswer(method, one, rest, body) {
    if (method === 'POST') {
      if (engineAway) return { status: 503, problem: 'Docker is away', detail: 'connect: connection refused' };
      const started = deployments.start(one.name, rest, body);
      return { status: 202, body: started, headers: { Location: `/deployments/${started.id}` } };
    }
    if (rest === '') return { body: view(one) };
    if (rest === 'services') return list(one.services.map(viewService));
    if (rest === 'plan') return { body: planOf(one) };
    if (rest === 'deployments') return list(deployments.list(one.name).slice(0, 10));
    return missing('such resource');
  }

  function answer(method, path, query, body) {
    const [noun, name, ...more] = path.slice(1).split('/').map(decodeURIComponent);
    if (path === '/projects') return list([...store.values()].map(view));
    if (path === '/stacks') return list([...Object.keys(stacks), ...[...store.values()].filter((one) => one.kind === 'container').map((one) => one.name)].map(stackView));
    if (path === '/reconcile') return { body: { drift: false, repositories: [], pending: [], differing: [], running: null, waiting: null, last: null } };
    if (path === '/reconcile/runs') return list([]);
    if (path === '/deployments') return list(deployments.list());
    if (noun === 'projects') return store.has(name) ? projectAnswer(method, store.get(name), more.join('/'), body) : missing(`project ${name}`);
    if (noun === 'deployments') {
      const found = deployments.get(name);
      if (found === undefined) return missing('such deployment');
      if (method === 'POST') deployments.cancel(name);
      return { status: method === 'POST' ? 202 : 200, body: found.view };
    }
    if (noun === 'stacks' && (name in stacks || store.has(name))) {
      if (method === 'POST') return { status: 202, body: deployments.start(name, more[0], body) };
      return { body: stackView(name) };
    }
    return missing('such resource');
  }

  return {
    answer,
    control,
    health,
    projects: () => [...store.values()].map(view),
    logs: (project) => logs.get(project) ?? [],
    deployment: (id) => deployments.get(id),
    on(name, listener) {
      emitter.on(name, listener);
      return () => emitter.off(name, listener);
    },
  };
}
