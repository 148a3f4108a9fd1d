// More than a hundred inputs that must be refused: each with its status and a message that names what
// is wrong. Nothing of it may make the daemon answer 500, hang or die.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sendRaw } from '../support/raw.mjs';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

let api;
let daemon;
let root;

before(async () => {
  ({ api, daemon, root } = await scene((r) =>
    r.project('shop', { compose: { services: { web: web() } }, ingress: { enabled: true, ingress: [{ service: 'web', domain: 'shop.test', port: 8080 }] } }),
  ));
});

const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
const long = (n) => 'a'.repeat(n);

describe('paths', () => {
  const name = /name must match/;
  const dots = /has a `\.` or `\.\.` segment/;
  const rows = [
    ['/projects/nothere', 404, /nothere/],
    ['/projects/UPPER', 422, name],
    ['/projects/-dash', 422, name],
    ['/projects/.hidden', 422, name],
    ['/projects/..%2f..%2fetc', 400, /encoded slash/],
    ['/projects/%2e%2e', 400, dots],
    ['/projects/../../etc/passwd', 400, dots],
    ['/projects/a%00b', 400, /encoded control character/],
    ['/projects/a%0ab', 400, /encoded control character/],
    ['/projects/%ff%fe', 400, /not UTF-8/],
    ['/projects/%zz', 400, /% that starts no escape/],
    [`/projects/${long(64)}`, 422, /name must have 1 to 63 bytes/],
    [`/projects/${long(5000)}`, 422, /name must have 1 to 63 bytes/],
    ['/projects/shop%20', 422, name],
    ['/projects/sh%6Fp/nothere', 404, /there is no \/projects\/sh%6Fp\/nothere/],
    ['/projects/shop/services/nothere', 404, /nothere/],
    ['/projects/shop/services/%20', 422, /service must match/],
    [`/projects/shop/services/${long(200)}`, 422, /service must have 1 to 128 bytes/],
    ['/projects/nothere/plan', 404, /nothere/],
    ['/projects/nothere/validate', 404, /nothere/],
    ['/projects/nothere/logs', 404, /nothere/],
    ['/projects/nothere/services', 404, /nothere/],
    ['/projects/nothere/deployments', 404, /nothere/],
    ['/deployments/nothere', 422, /id must have 36 bytes/],
    [`/deployments/${uuid}`, 404, new RegExp(uuid)],
    [`/deployments/${uuid}/events`, 404, new RegExp(uuid)],
    ['/deployments/..', 400, dots],
    ['/stacks/nothere/status', 404, /nothere/],
    ['/stacks/nothere/logs', 404, /nothere/],
    ['/stacks/%2e%2e/status', 400, dots],
    ['//projects', 404, /there is no \/\/projects/],
    ['/PROJECTS', 404, /there is no \/PROJECTS/],
    ['/projects/shop/', 404, /there is no \/projects\/shop\//],
    ['/ui/../../etc/passwd', 400, dots],
    ['/ui/%2e%2e/%2e%2e/etc/passwd', 400, dots],
  ];
  for (const [path, status, message] of rows) {
    test(`GET ${path.slice(0, 60)} → ${status}`, async () => {
      const answer = await sendRaw(daemon.port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${root.token}\r\nConnection: close\r\n\r\n`);
      check(answer, status, message);
    });
  }
});

describe('queries', () => {
  const rows = [
    ['/projects?limit=0', /limit/],
    ['/projects?limit=-1', /limit/],
    ['/projects?limit=1001', /limit/],
    ['/projects?limit=abc', /limit/],
    ['/projects?limit=1.5', /limit/],
    ['/projects?limit=1e2', /limit/],
    ['/projects?limit=', /limit/],
    ['/projects?limit=99999999999999999999', /limit/],
    ['/projects?limit=1&limit=2', /limit/],
    ['/projects?cursor=', /cursor/],
    ['/projects?cursor=%00', /control character/],
    [`/projects?cursor=${long(300)}`, /cursor/],
    ['/projects?status=happy', /status/],
    ['/projects?colour=red', /colour/],
    ['/deployments?limit=0', /limit/],
    ['/deployments?state=done', /state/],
    ['/deployments?project=UPPER', /project/],
    ['/deployments?project=', /project/],
    ['/deployments?cursor=a%2Fb', /cursor/],
    ['/projects/shop/logs?tail=-1', /tail/],
    ['/projects/shop/logs?tail=abc', /tail/],
    ['/projects/shop/logs?tail=100001', /tail/],
    ['/projects/shop/logs?tail=0x10', /tail/],
    ['/projects/shop/logs?since=yesterday', /since/],
    ['/projects/shop/logs?since=2026-13-45T00:00:00Z', /since/],
    ['/projects/shop/logs?since=', /since/],
    ['/projects/shop/logs?until=never', /until/],
    ['/projects/shop/logs?grep=(', /grep/],
    ['/projects/shop/logs?grep=%5B', /grep/],
    ['/projects/shop/logs?grep=', /grep/],
    ['/projects/shop/logs?grep=%ff', /grep|UTF-8/i],
    [`/projects/shop/logs?grep=${long(1001)}`, /grep/],
    ['/projects/shop/logs?grep=(a)%5C1', /grep/],
    ['/projects/shop/logs?grep=((a{1000}){1000}){1000}', /grep/],
    ['/projects/shop/logs?stream=both', /stream/],
    ['/projects/shop/logs?follow=maybe', /follow/],
    ['/projects/shop/logs?invert=2', /invert/],
    ['/projects/shop/logs?level=loud', /level/],
    ['/projects/shop/logs?service=%2Fetc', /service/],
    ['/projects/shop/logs?timestamps=sometimes', /timestamps/],
    ['/events?after=-1', /after/],
    ['/events?after=x', /after/],
    [`/deployments/${uuid}/events?after=-5`, /after/],
  ];
  for (const [path, message] of rows) {
    test(`GET ${path.slice(0, 70)} names ${message.source}`, async () => {
      const { status, body, headers } = await api.request('GET', path);
      assert.ok([400, 422].includes(status), `${status} ${JSON.stringify(body)}`);
      assert.match(headers.get('content-type'), /problem\+json/);
      assert.match(JSON.stringify(body), message);
    });
  }
});

describe('bodies', () => {
  const deploy = '/projects/shop/deploy';
  const rows = [
    [deploy, '{', [400], /no JSON: incomplete/],
    [deploy, '{"force":true', [400], /no JSON: incomplete/],
    [deploy, '{"force":true}}', [400], /no JSON: extra data/],
    [deploy, "{'force':true}", [400], /no JSON: syntax error/],
    [deploy, '{"force":true,"force":false}', [400], /\/force stands twice/],
    [deploy, '{"services":["web"],"services":["web"]}', [400], /\/services stands twice/],
    ['/auth/login', '{"token":"a","token":"b"}', [400], /\/token stands twice/],
    [deploy, '[]', [422], /the document must be an object/],
    [deploy, '"text"', [422], /the document must be an object/],
    [deploy, '17', [422], /the document must be an object/],
    [deploy, 'null', [422], /the document must be an object/],
    [deploy, '{"force":"yes"}', [422], /\/force/],
    [deploy, '{"force":1}', [422], /\/force/],
    [deploy, '{"force":null}', [422], /\/force/],
    [deploy, '{"pull":[]}', [422], /\/pull/],
    [deploy, '{"dry_run":{}}', [422], /\/dry_run/],
    [deploy, '{"services":"web"}', [422], /\/services/],
    [deploy, '{"services":[1]}', [422], /\/services\/0/],
    [deploy, '{"services":[""]}', [422], /\/services\/0/],
    [deploy, '{"services":["../etc"]}', [422], /\/services\/0/],
    [deploy, '{"services":["-x"]}', [422], /\/services\/0/],
    [deploy, '{"services":["nothere"]}', [404], /shop has no service \\+"nothere/],
    [deploy, `{"services":${JSON.stringify(Array(101).fill('web'))}}`, [422], /\/services/],
    [deploy, '{"unknown":1}', [422], /unknown/],
    [deploy, `${'['.repeat(5000)}`, [400], /no JSON: too deep/],
    [deploy, `{"a":${'{"a":'.repeat(200)}1${'}'.repeat(201)}`, [400], /no JSON: too deep/],
    [deploy, '{"services":["\\ud800"]}', [400], /no JSON: syntax error/],
    [deploy, '\u0000', [400], /no JSON: syntax error/],
    ['/projects/shop/restart', '{"services":[null]}', [422], /\/services\/0/],
    ['/projects/shop/stop', '{"services":["no such"]}', [422], /\/services\/0 must match/],
    ['/auth/login', '{}', [422], /token/],
    ['/auth/login', '{"token":""}', [422], /token/],
    ['/auth/login', '{"token":7}', [422], /token/],
    ['/auth/login', '{"token":"wrong"}', [401], /not the admin token/],
    ['/auth/login', `{"token":"${long(5000)}"}`, [422], /token/],
    ['/projects/nothere/deploy', '{}', [404], /nothere/],
    ['/stacks/nothere/up', '{}', [404], /nothere/],
  ];
  for (const [path, body, status, message] of rows) {
    test(`POST ${path} ${body.slice(0, 50)} → ${status}`, async () => {
      const answer = await api.request('POST', path, { body });
      assert.ok(status.includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
      assert.match(JSON.stringify(answer.body), message);
    });
  }

  test('a body of more than 1 MiB → 413', async () => {
    const answer = await api.request('POST', deploy, { body: `{"services":["${long(1_100_000)}"]}` });
    assert.equal(answer.status, 413);
    assert.match(answer.body.detail, /the body has more than 1048576 bytes/);
  });

  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    test(`Content-Type ${type} → 415`, async () => {
      const answer = await api.request('POST', deploy, { body: '{}', headers: { 'Content-Type': type } });
      assert.equal(answer.status, 415);
      assert.match(answer.body.detail, /Content-Type: application\/json/);
    });
  }

  test('a bad UTF-8 body → 400', async () => {
    const head = `POST ${deploy} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${root.token}\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from('{"services":["'), Buffer.from([0xff])]);
    check(await sendRaw(daemon.port, bytes), [400], /no JSON: syntax error/);
  });
});

describe('bytes', () => {
  const line = /the request line is not `METHOD target HTTP\/1\.1`/;
  const version = /only HTTP\/1\.0 and HTTP\/1\.1/;
  const field = /a header line is not `name: value`/;
  const length = /Content-Length is not one number/;
  const auth = () => `Host: 127.0.0.1\r\nAuthorization: Bearer ${root.token}\r\n`;
  const rows = [
    ['no version', () => 'GET /health\r\n\r\n', 400, line],
    ['HTTP/0.9', () => 'GET /health HTTP/0.9\r\nHost: a\r\n\r\n', 505, version],
    ['HTTP/2.0', () => 'GET /health HTTP/2.0\r\nHost: a\r\n\r\n', 505, version],
    ['no Host', () => 'GET /health HTTP/1.1\r\n\r\n', 400, /the Host header is missing/],
    ['two Hosts', () => 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.test\r\n\r\n', 400, /Host is given twice/],
    ['a foreign Host', () => `GET /projects HTTP/1.1\r\nHost: evil.test\r\nAuthorization: Bearer ${root.token}\r\n\r\n`, 421, /ITSUP_ALLOWED_HOSTS/],
    ['a blank in a field name', () => `GET /health HTTP/1.1\r\n${auth()}Bad Name: x\r\n\r\n`, 400, field],
    ['a blank before the colon', () => `GET /health HTTP/1.1\r\n${auth()}X-Bad : x\r\n\r\n`, 400, field],
    ['a folded header', () => `GET /health HTTP/1.1\r\n${auth()}X-Bad: x\r\n folded\r\n\r\n`, 400, /folded over several lines/],
    ['a NUL in a value', () => `GET /health HTTP/1.1\r\n${auth()}X-Bad: a\0b\r\n\r\n`, 400, /a header value has a character/],
    ['a bare CR in a value', () => `GET /health HTTP/1.1\r\n${auth()}X-Bad: a\rb\r\n\r\n`, 400, /does not end with CR and LF/],
    ['a header of 20 KiB', () => `GET /health HTTP/1.1\r\n${auth()}X-Big: ${long(20_000)}\r\n\r\n`, 431, /the header has more than 16384 bytes/],
    ['a thousand headers', () => `GET /health HTTP/1.1\r\n${auth()}${'X: y\r\n'.repeat(1000)}\r\n`, 431, /more than \d+ header fields/],
    ['a target of 20 KiB', () => `GET /${long(20_000)} HTTP/1.1\r\n${auth()}\r\n`, 414, /the request line has more than \d+ bytes/],
    ['both lengths', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, /Content-Length/],
    ['two lengths', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`, 400, length],
    ['a negative length', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Length: -1\r\n\r\n`, 400, length],
    ['a length that is none', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Length: 1x\r\n\r\n{}`, 400, length],
    ['a length with a sign', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Length: +2\r\n\r\n{}`, 400, length],
    ['a length of 10^30', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Length: 1${'0'.repeat(30)}\r\n\r\n`, 400, length],
    ['a bad chunk size', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400, /a chunk does not begin with its size/],
    ['an unknown encoding', () => `POST /projects/shop/deploy HTTP/1.1\r\n${auth()}Transfer-Encoding: gzip\r\n\r\n`, 400, /Transfer-Encoding is not `chunked`/],
    ['an unknown method', () => `BREW /health HTTP/1.1\r\n${auth()}\r\n`, 405, /takes GET, HEAD/],
    ['a method with a bracket', () => `G(T /health HTTP/1.1\r\n${auth()}\r\n`, 400, line],
    ['a target without a slash', () => `GET health HTTP/1.1\r\n${auth()}\r\n`, 400, /neither a path nor an http URL/],
    ['a control byte in the target', () => `GET /pro\x01jects HTTP/1.1\r\n${auth()}\r\n`, 400, line],
    ['a blank in the target', () => `GET /pro jects HTTP/1.1\r\n${auth()}\r\n`, 400, line],
    ['CONNECT', () => `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${auth()}\r\n`, 400, /neither a path nor an http URL/],
    ['TRACE', () => `TRACE /health HTTP/1.1\r\n${auth()}\r\n`, 405, /takes GET, HEAD/],
    ['TLS', () => Buffer.from('160301020001000', 'hex'), 400, line],
    ['random bytes', () => Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 7919 + 13) % 256)), 400, line],
    ['an empty Bearer', () => 'GET /projects HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \r\n\r\n', 401, /Authorization must be/],
    ['Basic authentication', () => 'GET /projects HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic YTpi\r\n\r\n', 401, /Authorization must be/],
    ['a token in the query', () => `GET /projects?token=${root.token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 401, /Authorization: Bearer/],
  ];
  for (const [what, bytes, status, message] of rows) {
    test(`${what} → ${status}`, async () => {
      check(await sendRaw(daemon.port, bytes()), status, message);
    });
  }
});

describe('files', () => {
  const compose = { services: { web: web() } };
  const ingress = (row, more = {}) => ({ compose, ingress: { enabled: true, ingress: [{ service: 'web', domain: 'a.test', port: 80, ...row }], ...more } });
  const text = (file, content) => ({ compose, ingress: { enabled: true }, raw: { [file]: content } });
  const rows = [
    ['broken-yaml', text('itsup-project.yml', 'enabled: [true\n'), /itsup-project\.yml/],
    ['tabs', text('itsup-project.yml', 'enabled:\n\t- x\n'), /itsup-project\.yml/],
    ['list-top', text('itsup-project.yml', '- a\n'), /mapping/],
    ['duplicate', text('itsup-project.yml', 'enabled: true\nenabled: false\n'), /enabled/],
    ['two-documents', text('itsup-project.yml', 'enabled: true\n---\nenabled: true\n'), /document/],
    ['bad-utf8', text('itsup-project.yml', Buffer.from('enabled: true # \xff\n', 'latin1')), /UTF-8/],
    ['unknown-tag', text('itsup-project.yml', 'enabled: !!python/object:os.system true\n'), /tag|enabled/],
    ['null-enabled', { compose, ingress: { enabled: null } }, /enabled/],
    ['text-enabled', { compose, ingress: { enabled: 'perhaps' } }, /enabled/],
    ['int-host', { compose, ingress: { enabled: true, host: 12 } }, /host/],
    ['map-ingress', { compose, ingress: { enabled: true, ingress: { a: 1 } } }, /ingress/],
    ['null-row', { compose, ingress: { enabled: true, ingress: [null] } }, /ingress/],
    ['text-port', ingress({ port: 'eighty' }), /port/],
    ['half-port', ingress({ port: 80.5 }), /port/],
    ['int-domain', ingress({ domain: 12345 }), /domain/],
    ['bad-router', ingress({ router: 'HTTP' }), /router/],
    ['bad-protocol', ingress({ protocol: 'sctp' }), /protocol/],
    ['no-service', ingress({ service: 'nothere' }), /nothere/],
    ['bad-address', ingress({ ipv4_address: '172.20.0.999' }), /ipv4_address/],
    ['outside-address', ingress({ ipv4_address: '10.0.0.1' }), /172\.20\.0\.0/],
    ['reserved-address', ingress({ ipv4_address: '172.20.0.253' }), /reserved/],
    ['empty-allow', ingress({ allow_source_ips: [] }), /allow_source_ips/],
    ['bad-allow', ingress({ allow_source_ips: ['10.0.0.0/33'] }), /allow_source_ips/],
    ['text-sans', ingress({ tls: { main: 'a.test', sans: 'b.test' } }), /sans/],
    ['passthrough-80', ingress({ passthrough: true }), /passthrough/],
    ['egress-shape', { compose, ingress: { enabled: true, egress: ['nocolon'] } }, /nocolon/],
    ['egress-nobody', { compose, ingress: { enabled: true, egress: ['nobody:web'] } }, /nobody/],
    ['no-host', { ingress: { enabled: true } }, /host/],
    ['compose-yaml', { compose, ingress: { enabled: true }, raw: { 'docker-compose.yml': 'services: [\n' } }, /docker-compose\.yml/],
    ['alias-bomb', text('itsup-project.yml', bomb()), /alias|large|itsup-project/],
    ['deep', text('itsup-project.yml', `enabled: ${'['.repeat(2000)}${']'.repeat(2000)}\n`), /itsup-project|deep|nest/],
  ];

  function bomb() {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let n = 1; n < 10; n += 1) lines.push(`a${n}: &a${n} [${Array(10).fill(`*a${n - 1}`).join(', ')}]`);
    return `${lines.join('\n')}\nenabled: true\n`;
  }

  before(async () => {
    for (const [name, files] of rows) root.project(name, files);
    const listed = async () => (await api.get('/projects')).items.filter((project) => project.status === 'invalid').length;
    await until('them to be seen', async () => (await listed()) >= 25);
  });

  for (const [name, , message] of rows) {
    test(`${name} is refused, naming ${message.source}`, async () => {
      const { status, body } = await api.request('GET', `/projects/${name}/validate`, { timeoutMs: 10_000 });
      assert.equal(status, 200, JSON.stringify(body));
      const problems = (body.items ?? body.problems ?? body).filter((problem) => problem.severity === 'error');
      assert.ok(problems.length > 0, JSON.stringify(body));
      assert.match(JSON.stringify(problems), message);
      const deploy = await api.post(`/projects/${name}/deploy`, {});
      assert.ok([409, 422].includes(deploy.status), `deploy → ${deploy.status}`);
    });
  }

  test('none of them hides the good project', async () => {
    const { items } = await api.get('/projects');
    assert.equal(items.find((project) => project.name === 'shop').kind, 'container');
    assert.ok(items.filter((project) => project.status === 'invalid').length >= 25);
  });
});

test('after all of it the daemon lives and has answered no request with 500', async () => {
  assert.equal((await api.request('GET', '/health')).status, 200);
  assert.doesNotMatch(daemon.output(), /request failed/);
});

function check(answer, status, message) {
  const allowed = Array.isArray(status) ? status : [status];
  assert.ok(allowed.includes(answer.status), `${answer.status}: ${answer.text.slice(0, 300)}`);
  assert.match(answer.body, message);
}
