// A Debian 12 with systemd as PID 1, in a container of its own: where a person would install itsUP. It shares the
// test's network namespace, so its ports answer here; an overlay takes its writes and goes with the test.
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { end, run, start } from './process.mjs';
import { until } from './wait.mjs';

const repo = resolve(import.meta.dirname, '../..');

export class Machine {
  /** `program`: whose libraries are installed. `binds`: {path here: path there}, read-only. `mounts`: writable. */
  static async boot({ program, binds = {}, mounts = {} }) {
    const { stdout } = await run(join(repo, 'tools/install/debian_root.sh'), [program], { timeoutMs: 900_000 });
    const machine = new Machine();
    await machine.#mount(stdout.trim());
    await machine.#start([
      ...Object.entries(binds).map(([here, there]) => `--bind-ro=${here}:${there}`),
      ...Object.entries(mounts).map(([here, there]) => `--bind=${here}:${there}`),
    ]);
    return machine;
  }

  async #mount(lower) {
    this.dir = mkdtempSync(join(tmpdir(), 'itsup-machine-'));
    this.console = `${this.dir}.log`;
    await run('mount', ['-t', 'tmpfs', 'tmpfs', this.dir]);
    for (const part of ['upper', 'work', 'root']) mkdirSync(join(this.dir, part));
    this.root = join(this.dir, 'root');
    const layers = `lowerdir=${lower},upperdir=${join(this.dir, 'upper')},workdir=${join(this.dir, 'work')}`;
    await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, this.root]);
  }

  async #start(options) {
    // A machine that shares a network is not let change it, unless told so.
    const always = ['--register=no', '--keep-unit', '--quiet', '--machine=itsup-test', '--capability=CAP_NET_ADMIN'];
    this.nspawn = start('systemd-nspawn', [...always, '-D', this.root, ...options, '-b'], { logFile: this.console });
    const gone = this.nspawn.ended.then((how) => this.#fail(`systemd-nspawn ended: ${JSON.stringify(how)}`));
    gone.catch(() => {});
    const booted = until('systemd to have booted', async () => (await this.#state()) === 'running', { timeoutMs: 60_000 });
    await Promise.race([gone, booted.catch((error) => this.#fail(error.message))]);
  }

  #fail(why) {
    throw new Error(`no Debian with systemd boots here, and this test needs one (systemd-nspawn, root, writable /sys/fs/cgroup): ${why}\n${readFileSync(this.console, 'utf8').slice(-3000)}`);
  }

  // "degraded" is none of ours: some unit of Debian's own failed, and what follows may fail for its reason.
  async #state() {
    const { stdout } = await this.try('systemctl', 'is-system-running');
    return stdout.trim();
  }

  /** The pid of its systemd, as seen from here. */
  #leader() {
    return readFileSync(`/proc/${this.nspawn.pid}/task/${this.nspawn.pid}/children`, 'utf8').trim().split(' ')[0];
  }

  /** Runs a program inside; resolves {code, stdout, stderr}. */
  try(...command) {
    return run('nsenter', ['--target', this.#leader(), '--mount', '--uts', '--ipc', '--pid', '--cgroup', '--root', '--wd=/', ...command], {
      allowFailure: true,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' },
    });
  }

  /** The same, and what fails inside fails here. */
  async run(...command) {
    const { code, stdout, stderr } = await this.try(...command);
    if (code !== 0) throw new Error(`${command.join(' ')} → ${code} in the machine: ${stderr || stdout}`);
    return stdout.trim();
  }

  path(inside) {
    return join(this.root, inside);
  }

  /** One property of a unit, as systemd has it now. */
  async property(unit, name) {
    return this.run('systemctl', 'show', '--value', '--property', name, unit);
  }

  async stop() {
    if (this.nspawn) await end(this.nspawn.pid, { graceMs: 30_000 });
    await run('umount', ['--lazy', this.root], { allowFailure: true });
    await run('umount', ['--lazy', this.dir], { allowFailure: true });
  }
}
