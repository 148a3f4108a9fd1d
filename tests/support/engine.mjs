// A Docker engine of the tests' own. Runs inside tests/support/namespace.sh, so it shares nothing
// with the host but the kernel. One engine serves every test file; a file that kills it brings it back.
import { mkdirSync, readFileSync, existsSync, rmSync, writeFileSync, symlinkSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { alive, end, run } from './process.mjs';
import { until } from './wait.mjs';

export class Engine {
  constructor(dir) {
    this.dir = dir;
    this.socket = join(dir, 'docker.sock');
    this.host = `unix://${this.socket}`;
    this.pidFile = join(dir, 'dockerd.pid');
    this.logFile = join(dir, 'dockerd.log');
  }

  /** The engine that the runner started for this run. */
  static shared() {
    const dir = process.env.ITSUP_TEST_ENGINE;
    if (!dir) throw new Error('no engine: start the tests with node tests/support/run.mjs');
    return new Engine(dir);
  }

  pid() {
    return existsSync(this.pidFile) ? Number(readFileSync(this.pidFile, 'utf8')) : 0;
  }

  async start() {
    mkdirSync(this.dir, { recursive: true });
    rmSync(this.socket, { force: true });
    const log = openSync(this.logFile, 'a');
    const child = spawn('dockerd', this.#arguments(), {
      stdio: ['ignore', log, log],
      detached: true,
      env: { PATH: process.env.PATH, HOME: this.dir, TMPDIR: this.dir },
    });
    closeSync(log);
    child.unref();
    child.once('error', (error) => writeFileSync(this.logFile, String(error), { flag: 'a' }));
    await until('the engine to answer', () => this.answers(), { timeoutMs: 40_000 }).catch((error) => {
      throw new Error(`${error.message}\n${readFileSync(this.logFile, 'utf8').slice(-3000)}`);
    });
    return this;
  }

  #arguments() {
    return [
      '--data-root', join(this.dir, 'data'),
      '--exec-root', join(this.dir, 'exec'),
      '--pidfile', this.pidFile,
      '--host', this.host,
      '--storage-driver', 'overlay2',
      '--cgroup-parent', `/itsup-test-${process.env.ITSUP_TEST_RUN ?? process.pid}`,
      '--default-address-pool', 'base=10.200.0.0/16,size=24',
    ];
  }

  async answers() {
    const { code } = await run('docker', ['version', '--format', '{{.Server.Version}}'], {
      allowFailure: true, timeoutMs: 5_000, env: this.environment(),
    });
    return code === 0;
  }

  /** The generated proxy stack mounts /var/run/docker.sock; inside our /run that may be this engine's. */
  useDefaultSocket() {
    rmSync('/run/docker.sock', { force: true });
    symlinkSync(this.socket, '/run/docker.sock');
  }

  environment() {
    return { PATH: process.env.PATH, HOME: this.dir, DOCKER_HOST: this.host };
  }

  /** Runs the docker command line against this engine; resolves its standard output. */
  async docker(...args) {
    return (await run('docker', args, { env: this.environment() })).stdout.trim();
  }

  /**
   * Every line that it kept of a container, of both outputs in the order in which it wrote them down. Between the
   * outputs that need not be the order of their stamps, and `docker logs` gives the two apart.
   */
  async logs(id) {
    const file = await this.docker('inspect', '--format', '{{.LogPath}}', id);
    const parts = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).log);
    return parts.join('').split('\n').filter(Boolean);
  }

  async tryDocker(...args) {
    return run('docker', args, { env: this.environment(), allowFailure: true });
  }

  async stop() {
    await end(this.pid(), { graceMs: 60_000 });
  }

  /** Kills the engine the hard way, with its containerd: what a crash of the host's engine looks like. */
  async kill() {
    const containerd = this.#containerdPid();
    const pid = this.pid();
    if (alive(pid)) process.kill(pid, 'SIGKILL');
    if (containerd && alive(containerd)) process.kill(containerd, 'SIGKILL');
    await until('the engine to be dead', () => !alive(pid) && !(containerd && alive(containerd)));
    rmSync(this.pidFile, { force: true });
  }

  #containerdPid() {
    const file = join(this.dir, 'exec', 'containerd', 'containerd.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  }

  /** Containers of one compose project, running or not, as the engine itself describes them. */
  async containers(project) {
    const ids = await this.docker('ps', '-aq', '--no-trunc', '--filter', `label=com.docker.compose.project=${project}`);
    if (!ids) return [];
    return JSON.parse(await this.docker('inspect', ...ids.split('\n')));
  }

  /** Removes every container, and the networks that tests made: a clean engine for the next file. */
  async sweep() {
    const ids = await this.docker('ps', '-aq');
    if (ids) await this.docker('rm', '-f', '-v', ...ids.split('\n'));
    const networks = await this.docker('network', 'ls', '-q', '--filter', 'type=custom');
    if (networks) await this.tryDocker('network', 'rm', ...networks.split('\n'));
  }
}
