// Git repositories on disk: a bare remote, the install root's folder that follows it, and a colleague's clone.
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { run } from './process.mjs';

const person = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.test', '-c', 'init.defaultBranch=main'];

export async function git(dir, ...args) {
  const { stdout } = await run('git', [...person, ...args], { cwd: dir, env: { PATH: process.env.PATH, HOME: '/nonexistent' } });
  return stdout.trim();
}

export class Remote {
  /** Makes `folder` of the root (projects or secrets) a repository that follows a new bare one. */
  static async for(root, folder) {
    const remote = new Remote();
    remote.base = mkdtempSync(join(tmpdir(), 'itsup-git-'));
    remote.bare = join(remote.base, 'remote.git');
    remote.here = root.path(folder);
    remote.there = join(remote.base, 'there');
    mkdirSync(remote.bare);
    await git(remote.bare, 'init', '--quiet', '--bare', '.');
    await git(remote.here, 'init', '--quiet', '.');
    await git(remote.here, 'add', '-A');
    await git(remote.here, 'commit', '--quiet', '--allow-empty', '-m', 'First');
    await git(remote.here, 'remote', 'add', 'origin', remote.bare);
    await git(remote.here, 'push', '--quiet', '--set-upstream', 'origin', 'main');
    await git(remote.base, 'clone', '--quiet', '--branch', 'main', remote.bare, 'there');
    return remote;
  }

  /** The colleague commits files (an object becomes YAML, null removes) and pushes. Resolves the revision. */
  async push(message, files) {
    await git(this.there, 'pull', '--quiet', '--rebase');
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.there, path);
      mkdirSync(dirname(file), { recursive: true });
      if (content === null) rmSync(file);
      else writeFileSync(file, typeof content === 'string' ? content : stringify(content));
    }
    await git(this.there, 'add', '-A');
    await git(this.there, 'commit', '--quiet', '-m', message);
    await git(this.there, 'push', '--quiet');
    return git(this.there, 'rev-parse', 'HEAD');
  }

  head() {
    return git(this.here, 'rev-parse', 'HEAD');
  }

  remove() {
    rmSync(this.base, { recursive: true, force: true });
  }
}
