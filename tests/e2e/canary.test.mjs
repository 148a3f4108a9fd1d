// S32: a canary in every place where a secret can be (environment, label, build argument, command, URL, an image's
// name, the answer of a health check) appears nowhere but where the project itself wants it: not in an answer of the
// API, a stream, a log, a transcript, the audit record, the database, an artifact, or the command line of any program
// that we start. Neither as it is nor as base64, percent-encoded or in two pieces.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { Engine } from '../support/engine.mjs';
import { run } from '../support/process.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

// With characters that a URL, a form, JSON and a shell each write in another way.
const canary = (place) => `canary.${place}/${randomBytes(12).toString('hex')}+&=%:é`;
const canaries = {
  ENVIRONMENT: canary('environment'),
  LABEL: canary('label'),
  BUILD: canary('build'),
  COMMAND: canary('command'),
  URL: canary('url'),
  HEALTH: canary('health'),
  // A name can hold no other characters.
  IMAGE: `canary-image-${randomBytes(12).toString('hex')}`,
};

function formsOf(value) {
  const bytes = Buffer.from(value);
  const forms = new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), value.replaceAll('&', '\\u0026'), value.slice(0, -1), value.split('/').pop().slice(0, 24)]);
  for (const kind of ['base64', 'base64url']) {
    for (const front of ['', 'x', 'xx']) {
      // What stays the same whatever stands in front and behind.
      forms.add(Buffer.from(front + bytes.toString('latin1'), 'latin1').toString(kind).slice(4, -4));
    }
  }
  return [...forms];
}
const forms = Object.entries(canaries).flatMap(([place, value]) => formsOf(value).map((form) => [place, form]));

function assertClean(text, where) {
  for (const [place, form] of forms) {
    const at = text.indexOf(form);
    if (at >= 0) assert.fail(`${where} shows the canary of ${place} as ${form}: …${text.slice(Math.max(0, at - 120), at + form.length + 40)}…`);
  }
}

// Prints every canary, in every form that masking must know, also torn in two by a pause.
const printer = [
  'for i in 1 2 3; do',
  '  echo "plain $ENVIRONMENT and $URL"; echo "$ENVIRONMENT" >&2;',
  '  printf "%s" "$ENVIRONMENT" | base64; printf "user:%s@host" "$ENVIRONMENT" | base64;',
  '  printf "torn %.20s" "$ENVIRONMENT"; sleep 0.3; printf "%s\\n" "${ENVIRONMENT#????????????????????}";',
  `  printf '{"secret":"%s"}\\n' "$ENVIRONMENT";`,
  // As PHP, Gson and .NET write it into JSON.
  String.raw`  echo "$ENVIRONMENT" | sed 's,/,\\/,g; s,é,\\u00e9,g';`,
  String.raw`  echo "$ENVIRONMENT" | sed 's,&,\\u0026,g; s,=,\\u003d,g';`,
  String.raw`  echo "$ENVIRONMENT" | sed 's,+,\\u002B,g; s,&,\\u0026,g; s,é,\\u00E9,g';`,
  '  sleep 0.3; done; sleep 1000',
].join('\n').replaceAll('$', () => '$$');

let api;
let daemon;
let engine;
let root;
let commandLines;
let events;

before(async () => {
  ({ api, daemon, engine, root } = await scene(async (r) => {
    // A tag that only the secret names: what runs says it, what the API says must not.
    await Engine.shared().docker('tag', 'demo:1', `demo:${canaries.IMAGE}`);
    r.project('canary-tag', { ingress: { enabled: true }, compose: { services: { web: web({ image: 'demo:${IMAGE}' }) } } });
    r.write('secrets/canary.txt', Object.entries(canaries).map(([name, value]) => `${name}=${value}\n`).join(''), 0o600);
    r.project('canary', {
      ingress: { enabled: true },
      compose: {
        services: {
          web: web({
            env: { ENVIRONMENT: '${ENVIRONMENT}', URL: 'postgres://user:${URL}@db/app' },
            labels: { 'canary.label': '${LABEL}' },
            command: ['sh', '-c', printer, '${COMMAND}'],
            healthcheck: { disable: true },
          }),
          built: { build: { context: '.', dockerfile_inline: 'FROM demo:1\nARG TOKEN\nLABEL token=$$TOKEN\nRUN ["/bin/busybox", "echo", "building"]\n', args: { TOKEN: '${BUILD}' } }, command: ['/demo', 'serve'], profiles: ['never'] },
        },
      },
    });
    r.project('canary-build', {
      ingress: { enabled: true },
      compose: { services: { web: { build: { context: '.', dockerfile_inline: 'FROM demo:1\nARG TOKEN\nRUN echo "$$TOKEN" && false\n', args: { TOKEN: '${BUILD}' } } } } },
    });
    r.project('canary-image', { ingress: { enabled: true }, compose: { services: { web: { image: 'registry.invalid/${IMAGE}:1' } } } });
    r.project('canary-health', {
      ingress: { enabled: true },
      compose: {
        services: {
          web: web({
            command: ['sh', '-c', 'echo starting with "$$HEALTH"; sleep 1000'],
            env: { HEALTH: '${HEALTH}' },
            healthcheck: { test: ['CMD-SHELL', 'echo "cannot log in with $$HEALTH"; exit 1'], interval: '1s', retries: 2, start_period: '0s' },
          }),
        },
      },
    });
    const text = Object.entries(canaries).map(([name, value]) => `${name}=${value}\n`).join('');
    for (const name of ['canary-build', 'canary-image', 'canary-health', 'canary-tag']) r.write(`secrets/${name}.txt`, text, 0o600);
  }));
  commandLines = watchCommandLines();
  events = api.stream('/events');
  await events.started;
});

/** Every command line that is seen on the host while the tests run, but for those inside containers. */
function watchCommandLines() {
  const seen = new Set();
  const ours = readlinkSync('/proc/self/ns/mnt');
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readlinkSync(`/proc/${pid}/ns/mnt`) === ours) seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It ended meanwhile.
      }
    }
  }, 5);
  return { seen, stop: () => clearInterval(timer) };
}

const jobs = {};

describe('while things go well and while they fail', () => {
  test('a deployment, seen live', async () => {
    const started = await api.post('/projects/canary/deploy', {});
    const live = api.stream(`/deployments/${started.body.id}/events`);
    jobs.canary = await api.finished(started.headers.get('location'));
    assert.equal(jobs.canary.state, 'succeeded', JSON.stringify(jobs.canary.error));
    assertClean(JSON.stringify(await live.end()), 'the live transcript');
    // And what no shell can write by itself.
    const id = (await engine.docker('ps', '-q', '--filter', 'label=com.docker.compose.project=canary')).trim();
    const encoded = `url=${encodeURIComponent(canaries.ENVIRONMENT)} json=${JSON.stringify(canaries.ENVIRONMENT).replaceAll('&', '\\u0026')}`;
    await run('docker', ['-H', engine.host, 'exec', '-i', id, 'sh', '-c', 'cat >/proc/1/fd/1'], { input: `${encoded}\n` });
  });

  test('one whose image is named by it, twice, so that the second has something to compare', async () => {
    for (const force of [false, true]) {
      jobs['canary-tag'] = await api.deploy('canary-tag', { force });
      assert.equal(jobs['canary-tag'].state, 'succeeded', JSON.stringify(jobs['canary-tag'].error));
      assertClean(JSON.stringify(jobs['canary-tag']), 'the deployment of canary-tag');
    }
  });

  test('one whose build fails, one whose image is missing, one whose health check fails', async () => {
    for (const name of ['canary-build', 'canary-image', 'canary-health']) {
      jobs[name] = await api.deploy(name);
      assert.equal(jobs[name].state, 'failed', name);
      assertClean(JSON.stringify(jobs[name]), `the deployment of ${name}`);
    }
    // The test must be able to fail: these are the places where the values were.
    assert.match(JSON.stringify(jobs['canary-health'].error), /\[masked\]/);
    assert.match(JSON.stringify(jobs['canary-image']), /\[masked\]/);
  });

  test('the logs, in every shape', async () => {
    const shapes = ['text/plain', 'application/x-ndjson', 'text/event-stream'];
    for (const accept of shapes) {
      for (const query of ['', '?follow=true&tail=1000']) {
        const stream = api.stream(`/projects/canary/logs${query}`, accept);
        await stream.started;
        await until('lines', () => JSON.stringify(stream.records).includes('[masked]'));
        if (query) await until('the third round', () => JSON.stringify(stream.records).split('plain').length > 3);
        stream.close();
        assertClean(stream.records.map((record) => JSON.stringify(record)).join('\n'), `${accept}${query}`);
      }
    }
    const joined = (await api.request('GET', '/projects/canary/logs', { headers: { Accept: 'text/plain' } })).body;
    assertClean(joined, 'the text of the log');
    assert.match(joined, /plain \[masked\]/);
    assert.match(joined, /torn \[masked\]/);
    assert.match(joined, /url=\[masked\] json="\[masked\]"/);
  });

  test('a search for the value finds nothing that says so', async () => {
    const text = encodeURIComponent(canaries.ENVIRONMENT.slice(0, 12));
    assertClean(JSON.stringify((await api.request('GET', `/projects/canary/logs?grep=${text}`)).body), 'grep');
  });

  test('the WebSocket', async () => {
    const socket = api.websocket('/ws');
    await socket.opened;
    for (const [id, channel, more] of [['1', 'logs', { project: 'canary', params: { tail: 1000 } }], ['2', 'deployment', { deployment: jobs['canary-health'].id }]]) {
      socket.send(JSON.stringify({ op: 'subscribe', id, channel, ...more }));
    }
    await until('frames of both', () => ['"1"', '"2"'].every((id) => socket.messages.filter((message) => message.text.includes(`"id":${id}`)).length > 1));
    await until('a masked line', () => socket.messages.some((message) => message.text.includes('[masked]')));
    assertClean(socket.messages.map((message) => message.text).join('\n'), 'the WebSocket');
    socket.close();
  });
});

test('no answer of the API shows one', async () => {
  const { paths } = (await api.request('GET', '/openapi.json')).body;
  const ids = Object.values(jobs).map((job) => job.id);
  let count = 0;
  for (const [path, methods] of Object.entries(paths)) {
    if (!methods.get || ['/ws', '/events'].includes(path)) continue;
    if (path.startsWith('/update-upstream')) continue;
    for (const name of ['canary', 'canary-build', 'canary-image', 'canary-health', 'canary-tag']) {
      for (const id of path.includes('{id}') ? ids : ['']) {
        const target = path.replace('{name}', name).replace('{service}', 'web').replace('{id}', id) + (path.endsWith('/events') ? '?follow=false' : '');
        const answer = await api.request('GET', target);
        assertClean(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body), `GET ${target}`);
        assertClean(JSON.stringify([...answer.headers]), `the headers of GET ${target}`);
        count += 1;
      }
    }
  }
  assert.ok(count > 60, `${count} answers`);
});

test('a wrong request does not bring one to light', async () => {
  for (const body of [{ services: [canaries.ENVIRONMENT] }, { services: 1, x: canaries.URL }]) {
    const text = JSON.stringify((await api.post('/projects/canary/deploy', body)).body);
    // What the caller said itself may stand in its own answer; what it did not say may not.
    for (const value of [canaries.LABEL, canaries.BUILD]) assert.ok(!text.includes(value));
  }
});

test('no event shows one', () => {
  events.close();
  assert.ok(events.records.length > 5);
  assertClean(JSON.stringify(events.records), '/events');
});

test('no command line of a program on the host shows one', () => {
  commandLines.stop();
  const all = [...commandLines.seen];
  assert.ok(all.some((line) => line.includes('compose') && line.includes('canary')), 'compose was seen');
  // The engine's own shim and the container itself carry what the project puts into a command.
  assertClean(all.join('\n'), '/proc/*/cmdline');
});

test('no log file, no database, no artifact holds one', async () => {
  await daemon.stop();
  assertClean(daemon.output(), "the daemon's output");
  const { stdout } = await run('find', [root.dir, '-type', 'f', '-not', '-path', '*/secrets/*'], {});
  const files = stdout.trim().split('\n');
  assert.ok(files.some((file) => file.endsWith('itsup.db')) && files.some((file) => file.endsWith('api.log')));
  assert.ok(files.some((file) => file.includes('/upstream/canary/')));
  for (const file of files) assertClean(readFileSync(file).toString('utf8'), file);
  await daemon.start();
  await daemon.ready();
  await engine.tryDocker('image', 'rm', '-f', 'canary-build-web', `demo:${canaries.IMAGE}`);
});
