// Starting programs without a shell and ending them by pid.
import { execFile, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { until } from './wait.mjs';

/** Runs a program to its end. Resolves {code, stdout, stderr}; rejects on a non-zero code unless `allowFailure`. */
export function run(program, args, { input, allowFailure = false, timeoutMs = 120_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { maxBuffer: 256 << 20, timeout: timeoutMs, killSignal: 'SIGKILL', ...options },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        if (error && !allowFailure) {
          reject(new Error(`${program} ${args.join(' ')} → ${code}: ${stderr || error.message}`));
        } else {
          resolve({ code, stdout, stderr });
        }
      },
    );
    if (input !== undefined) child.stdin.end(input);
  });
}

/** Starts a program that goes on running; its output goes to `logFile`. */
export function start(program, args, { logFile, ...options }) {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], ...options });
  closeSync(log);
  child.ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ code: -1, error }));
  });
  child.output = () => readFileSync(logFile, 'utf8');
  return child;
}

export function alive(pid) {
  try {
    process.kill(pid, 0);
    // A zombie answers to signal 0 and is gone all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Ends one process that the tests started: politely first, then for good. */
export async function end(pid, { graceMs = 20_000 } = {}) {
  if (!pid || !alive(pid)) return;
  process.kill(pid, 'SIGTERM');
  try {
    await until(`process ${pid} to end`, () => !alive(pid), { timeoutMs: graceMs });
  } catch {
    process.kill(pid, 'SIGKILL');
    await until(`process ${pid} to die`, () => !alive(pid), { timeoutMs: 5_000 });
  }
}
