// The program as a command-line tool on a root, with or without a daemon.
import { end, run, start } from './process.mjs';
import { until } from './wait.mjs';

const program = process.env.ITSUP_BIN;

export class Cli {
  constructor(root, { engine = null, env = {} } = {}) {
    this.root = root;
    this.env = {
      PATH: process.env.PATH,
      HOME: root.dir,
      ITSUP_ROOT: root.dir,
      ...(engine ? { DOCKER_HOST: engine.host } : {}),
      ...env,
    };
  }

  /** Resolves {code, stdout, stderr}, whatever the code. */
  run(...args) {
    return this.with({}, ...args);
  }

  with({ input, env = {}, timeoutMs = 180_000 }, ...args) {
    return run(program, args, { env: { ...this.env, ...env }, cwd: '/', input, allowFailure: true, timeoutMs });
  }

  /** The same, and it must succeed; resolves its standard output. */
  async ok(...args) {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`itsup ${args.join(' ')} → ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** A daemon that listens on a free port of its own choice and tells nobody but the lock. */
  async serve() {
    const logFile = this.root.path('daemon.log');
    const child = start(program, ['serve', '--listen', '127.0.0.1:0'], { logFile, env: { ...this.env, ITSUP_RATE_LIMIT: '0' }, cwd: '/' });
    const address = await until('the daemon to listen', () => /answers at http:\/\/([\d.:]+)\//.exec(child.output())?.[1], { timeoutMs: 30_000 });
    await until('the daemon to be ready', async () => (await fetch(`http://${address}/health/ready`)).status === 200, { timeoutMs: 30_000 });
    return { address, pid: child.pid, stop: () => end(child.pid) };
  }
}
