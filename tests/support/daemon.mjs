// The program under test, started on an install root against the tests' engine.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Api } from './api.mjs';
import { end, run, start } from './process.mjs';
import { ValidatingProxy } from './validating_proxy.mjs';
import { until } from './wait.mjs';

export const program = process.env.ITSUP_BIN;

let nextPort = 18_100;

export class Daemon {
  /** `user`: {uid, gid} to run as, who must be able to reach `file`. */
  constructor(root, { engine, port = nextPort++, env = {}, args = [], user = {}, file = program } = {}) {
    this.root = root;
    this.user = user;
    this.file = file;
    this.port = port;
    this.args = args;
    this.engine = engine;
    this.env = env;
    // Of this root only: ports come again in every file, and the log is appended to.
    this.logFile = root.beside(`daemon-${port}.log`);
    const base = `http://127.0.0.1:${port}`;
    this.api = new Api({ base, token: root.token, proxy: ValidatingProxy.wanted(base, port + 10_000) });
  }

  environment() {
    return {
      PATH: process.env.PATH,
      HOME: this.root.dir,
      ITSUP_RATE_LIMIT: '0',
      ...(this.engine ? { DOCKER_HOST: this.engine.host } : {}),
      ...this.env,
    };
  }

  async start({ timeoutMs = 20_000 } = {}) {
    this.child = start(this.file, ['serve', '--root', this.root.dir, '--listen', `127.0.0.1:${this.port}`, ...this.args], {
      logFile: this.logFile,
      env: this.environment(),
      cwd: this.root.dir,
      ...this.user,
    });
    const gone = this.child.ended.then((how) => {
      throw new Error(`the daemon ended: ${JSON.stringify(how)}\n${this.output().slice(-4000)}`);
    });
    gone.catch(() => {});
    await Promise.race([gone, until('/health', () => this.#healthAnswers(), { timeoutMs, everyMs: 20 })]);
    return this;
  }

  async #healthAnswers() {
    return (await fetch(`${this.api.base}/health`, { signal: AbortSignal.timeout(1_000) })).status === 200;
  }

  get pid() {
    return this.child?.pid;
  }

  output() {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Waits until the daemon itself says that it can reach the engine. */
  ready({ timeoutMs = 20_000 } = {}) {
    return until('the daemon to be ready', async () => (await this.api.request('GET', '/health/ready')).status === 200, { timeoutMs });
  }

  async stop() {
    await end(this.pid, { graceMs: 15_000 });
  }

  /** Ends the proxy too, which outlives restarts of the daemon. */
  async dispose() {
    await this.stop();
    await this.api.proxy?.stop();
  }

  /** Kills it as a crash would. */
  async crash() {
    process.kill(this.pid, 'SIGKILL');
    await this.child.ended;
  }

  residentKb() {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]);
  }

  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** How many unix sockets it holds: its connections to the engine, and a few of its own. */
  unixSockets() {
    const unix = new Set(readFileSync('/proc/net/unix', 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/)[6]));
    const dir = `/proc/${this.pid}/fd`;
    return readdirSync(dir).filter((fd) => {
      const link = linkOf(`${dir}/${fd}`);
      return unix.has(/^socket:\[(\d+)\]$/.exec(link)?.[1]);
    }).length;
  }

  /** Bytes that wait in the kernel for each peer of its port: `tx_queue` of /proc/net/tcp by address. */
  sendQueues() {
    const local = `0100007F:${this.port.toString(16).toUpperCase().padStart(4, '0')}`;
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/));
    const open = rows.filter((row) => row[1] === local && row[3] === '01');
    return new Map(open.map((row) => [row[2], Number.parseInt(row[4], 16)]));
  }

  /** The same binary as a command-line tool on the same root. */
  cli(...args) {
    const options = { env: this.environment(), allowFailure: true, cwd: this.root.dir, ...this.user };
    return run(this.file, [...args, '--root', this.root.dir], options);
  }
}

// A descriptor may be closed between the listing and the look at it.
function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
