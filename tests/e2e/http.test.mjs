// What every client of HTTP may count on: validators, compression, HEAD, OPTIONS, pages of lists, and types of errors
// that lead somewhere.
import assert from 'node:assert/strict';
import http from 'node:http';
import { before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { web } from '../support/root.mjs';
import { scene } from '../support/scene.mjs';
import { until } from '../support/wait.mjs';

const names = Array.from({ length: 20 }, (_, n) => `shop-${String(n).padStart(2, '0')}`);
let api;

before(async () => {
  ({ api } = await scene((r) => names.forEach((name) => r.project(name, { compose: { services: { web: web() } }, ingress: { enabled: true } })), { engine: null }));
  // The first look at the engine changes what the lists say.
  let last;
  await until('the list to stay as it is', async () => {
    const { etag } = (await ask('GET', '/projects')).headers;
    return etag === last || void (last = etag);
  }, { everyMs: 300 });
});

/** One request with its bytes as they came: fetch would unpack them. */
function ask(method, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(api.base + path, { method, agent: false, headers: api.headers(headers) }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end();
  });
}

describe('what has not changed is not sent again', () => {
  for (const path of ['/projects', '/projects?limit=3', '/projects/shop-01', '/stacks', '/stacks/dns/status', '/version', '/openapi.json', '/schemas/itsup-project', '/ui/', '/docs', '/docs/errors']) {
    test(path, async () => {
      const first = await ask('GET', path);
      assert.equal(first.status, 200);
      assert.ok(first.headers.etag, JSON.stringify(first.headers));
      assert.match(first.headers['cache-control'], /no-cache/);
      const again = await ask('GET', path, { 'If-None-Match': first.headers.etag });
      assert.equal(again.status, 304);
      assert.equal(again.headers.etag, first.headers.etag);
      assert.equal(again.bytes.length, 0);
      assert.equal((await ask('GET', path, { 'If-None-Match': '"another"' })).status, 200);
    });
  }

  test('an error has no validator and is not kept', async () => {
    const { status, headers } = await ask('GET', '/projects/nothere', { 'If-None-Match': '*' });
    assert.equal(status, 404);
    assert.equal(headers.etag, undefined);
    assert.equal(headers['cache-control'], 'no-store');
  });
});

describe('what is large comes compressed when asked for', () => {
  const unpack = { gzip: gunzipSync, br: brotliDecompressSync };
  for (const [path, coding, asked] of [
    ['/projects', 'gzip', 'gzip, br'],
    ['/projects?limit=15', 'gzip', 'gzip'],
    ['/openapi.json', 'gzip', 'gzip, deflate, br'],
    ['/schemas/itsup-project', 'gzip', 'gzip'],
    ['/ui/', 'br', 'gzip, br'],
    ['/ui/', 'gzip', 'gzip'],
    ['/docs/errors', 'br', 'br'],
  ]) {
    test(`${path} as ${coding} for "${asked}"`, async () => {
      const plain = await ask('GET', path);
      assert.equal(plain.headers['content-encoding'], undefined);
      const packed = await ask('GET', path, { 'Accept-Encoding': asked });
      assert.equal(packed.headers['content-encoding'], coding);
      assert.match(packed.headers.vary, /Accept-Encoding/);
      assert.ok(packed.bytes.length < plain.bytes.length, `${packed.bytes.length} of ${plain.bytes.length} bytes`);
      assert.deepEqual(unpack[coding](packed.bytes), plain.bytes);
      assert.equal((await ask('GET', path, { 'Accept-Encoding': `${coding};q=0` })).headers['content-encoding'], undefined);
    });
  }
});

describe('methods', () => {
  for (const path of ['/projects', '/projects/shop-01', '/health', '/metrics', '/openapi.json', '/ui/']) {
    test(`HEAD ${path} has the head of a GET and no body`, async () => {
      const get = await ask('GET', path);
      const head = await ask('HEAD', path);
      assert.equal(head.status, 200);
      assert.equal(head.bytes.length, 0);
      assert.equal(head.headers['content-type'], get.headers['content-type']);
      if (!['/health', '/metrics'].includes(path)) assert.equal(head.headers['content-length'], get.headers['content-length']);
    });
  }

  test('HEAD has the status of a GET that fails, too', async () => {
    const { status, bytes } = await ask('HEAD', '/projects/nothere');
    assert.deepEqual([status, bytes.length], [404, 0]);
  });

  for (const [path, allow] of [
    ['/projects', 'GET, HEAD, OPTIONS'],
    ['/projects/shop-01/deploy', 'POST, OPTIONS'],
    ['/reconcile', 'GET, HEAD, POST, OPTIONS'],
    ['/update-upstream/shop-01', 'GET, OPTIONS'],
  ]) {
    test(`OPTIONS ${path} says ${allow}`, async () => {
      const { status, headers, bytes } = await ask('OPTIONS', path);
      assert.deepEqual([status, headers.allow, bytes.length], [204, allow, 0]);
      const refused = await ask('DELETE', path);
      assert.deepEqual([refused.status, refused.headers.allow], [405, allow]);
    });
  }

  test('OPTIONS tells a stranger nothing', async () => {
    assert.equal((await api.anyone().request('OPTIONS', '/projects')).status, 401);
    assert.equal((await ask('OPTIONS', '/nothere')).status, 404);
  });
});

/** All pages from `path` on, by the Link of each; every one but the last is full. */
async function pages(path, limit) {
  const items = [];
  for (let next = path; next;) {
    const { status, headers, body } = await api.request('GET', next);
    assert.equal(status, 200);
    const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '');
    assert.equal(link !== null, body.next_cursor !== null, 'a Link where there is a cursor');
    if (link) {
      assert.equal(body.items.length, limit);
      assert.equal(new URL(link[1], api.base).searchParams.get('cursor'), body.next_cursor);
    }
    items.push(...body.items.map((item) => item.name));
    assert.ok(items.length <= 100, 'it goes in circles');
    next = link?.[1];
  }
  return items;
}

describe('lists come in pages', () => {
  for (const path of ['/projects', '/stacks']) {
    test(path, async () => {
      const whole = (await api.get(path)).items.map((item) => item.name);
      assert.ok(whole.length >= names.length, whole.join());
      for (const limit of [1, 3, 10, whole.length]) assert.deepEqual(await pages(`${path}?limit=${limit}`, limit), whole, `limit ${limit}`);
    });
  }

  test('the next page has the filters of the first', async () => {
    const { status } = (await api.get('/projects')).items[0];
    assert.deepEqual(await pages(`/projects?status=${status}&limit=2`, 2), names);
    const other = status === 'stopped' ? 'running' : 'stopped';
    assert.deepEqual(await pages(`/projects?status=${other}&status=${status}&limit=2`, 2), names);
    assert.deepEqual(await pages(`/projects?status=${other}&limit=2`, 2), []);
  });

  test('a cursor of something that has gone goes on behind its place', async () => {
    const { next_cursor: cursor } = await api.get('/projects?limit=1');
    const behind = Buffer.from('shop-00-was-here').toString('hex');
    assert.equal(Buffer.from(cursor, 'hex').toString(), 'shop-00');
    assert.deepEqual((await api.get(`/projects?cursor=${behind}`)).items.map((item) => item.name), names.slice(1));
  });
});

test('the type of an error leads to what it means, for everybody', async () => {
  const page = (await ask('GET', '/docs/errors')).bytes.toString();
  for (const [method, path] of [['GET', '/projects/nothere'], ['DELETE', '/projects'], ['GET', '/projects?limit=0'], ['GET', '/%zz']]) {
    const { body } = await api.request(method, path);
    const [at, kind] = body.type.split('#');
    assert.equal(at, '/docs/errors');
    assert.ok(page.includes(`id="${kind}"`), body.type);
  }
  assert.equal((await fetch(`${api.base}/docs/errors`)).status, 200);
});
