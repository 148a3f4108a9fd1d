// The real sops and a real age key, made for one test.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from './process.mjs';

const repo = resolve(import.meta.dirname, '../..');

export async function sopsProgram() {
  const { stdout } = await run(join(repo, 'tools/install/sops.sh'), [], { timeoutMs: 900_000 });
  return stdout.trim();
}

export class Sops {
  static async make() {
    const sops = new Sops();
    sops.program = await sopsProgram();
    sops.dir = mkdtempSync(join(tmpdir(), 'itsup-sops-'));
    sops.keyFile = join(sops.dir, 'keys.txt');
    await run('age-keygen', ['-o', sops.keyFile]);
    [, sops.recipient] = /public key: (age1\w+)/.exec(readFileSync(sops.keyFile, 'utf8'));
    sops.calls = join(sops.dir, 'calls');
    // The real program behind a wrapper that counts.
    sops.path = join(sops.dir, 'bin');
    mkdirSync(sops.path);
    writeFileSync(join(sops.path, 'sops'), `#!/bin/sh\necho "$@" >>${sops.calls}\nexec ${sops.program} "$@"\n`);
    chmodSync(join(sops.path, 'sops'), 0o755);
    return sops;
  }

  /** What a daemon needs to decrypt. */
  get env() {
    return { PATH: `${this.path}:${process.env.PATH}`, SOPS_AGE_KEY_FILE: this.keyFile };
  }

  rules(root) {
    root.write('secrets/.sops.yaml', { creation_rules: [{ age: this.recipient }] });
  }

  /** Encrypts `text` to secrets/NAME.enc.txt; `type` is dotenv or binary, as people have both. */
  async encrypt(root, name, text, { type = 'dotenv' } = {}) {
    const plain = join(this.dir, 'plain');
    writeFileSync(plain, text, { mode: 0o600 });
    const { stdout } = await run(
      this.program,
      ['--encrypt', '--age', this.recipient, '--input-type', type, '--output-type', type === 'binary' ? 'json' : type, plain],
      { env: { PATH: process.env.PATH, HOME: this.dir } },
    );
    rmSync(plain);
    root.write(`secrets/${name}.enc.txt`, stdout, 0o600);
  }

  /** How often the daemon has run sops so far. */
  count() {
    return existsSync(this.calls) ? readFileSync(this.calls, 'utf8').trimEnd().split('\n').length : 0;
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

