import { describe, expect, it } from 'vitest';
import { links, parseRoute, withQuery } from './routes';

describe('parseRoute', () => {
  it.each([
    ['/ui', { page: 'overview' }],
    ['/ui/', { page: 'overview' }],
    ['/ui/projects', { page: 'overview' }],
    ['/ui/projects/web', { page: 'project', name: 'web' }],
    ['/ui/projects/web/', { page: 'project', name: 'web' }],
    ['/ui/projects/web/logs', { page: 'logs', name: 'web' }],
    ['/ui/projects/a%2Fb', { page: 'project', name: 'a/b' }],
    ['/ui/deployments', { page: 'deployments' }],
    ['/ui/deployments/0190', { page: 'deployment', id: '0190' }],
    ['/ui/stacks', { page: 'stacks' }],
    ['/ui/reconcile', { page: 'reconcile' }],
    ['/ui/stacks/proxy/logs', { page: 'stack-logs', name: 'proxy' }],
  ])('%s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it.each([
    '/',
    '/uix',
    '/ui/nothing',
    '/ui/projects/web/unknown',
    '/ui/projects/web/logs/more',
    '/ui/deployments/a/b',
    '/ui/stacks/proxy',
    '/ui/reconcile/1',
    '/ui/projects/%E0%A4%A',
  ])('%s is not found', (path) => {
    expect(parseRoute(path)).toEqual({ page: 'not-found', path });
  });

  it('reads back every link that it makes, whatever the name', () => {
    for (const name of ['web', 'a b', '..', 'ä/ö?#', '%41', '<script>']) {
      const [path] = links.project(name).split('?');
      // Dots alone are taken out of a path by the browser before we see it.
      if (name !== '..') expect(parseRoute(path!)).toEqual({ page: 'project', name });
      expect(parseRoute(links.logs(name))).toEqual({ page: 'logs', name });
    }
  });
});

describe('withQuery', () => {
  it('leaves out what is empty and repeats what is a list', () => {
    expect(withQuery('/ui/', { q: '', state: 'bad' })).toBe('/ui/?state=bad');
    expect(withQuery('/x', { service: ['a', 'b&c'], q: '1 2' })).toBe(
      '/x?service=a&service=b%26c&q=1+2',
    );
    expect(withQuery('/x', {})).toBe('/x');
  });
});
