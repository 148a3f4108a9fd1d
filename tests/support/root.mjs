// A temporary install root: projects/, secrets/ and what a test adds to them.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';

export class Root {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'itsup-root-'));
    this.token = randomBytes(32).toString('hex');
    this.others = [];
    this.write('projects/itsup.yml', {
      traefikDomain: 'traefik.test',
      routerIP: '127.0.0.1',
      versions: { traefik: 'v3.6' },
      crowdsec: { enabled: false },
    });
    this.write('secrets/itsup.txt', `API_ADMIN_TOKEN=${this.token}\nLETSENCRYPT_EMAIL=a@example.test\nTRAEFIK_ADMIN=admin:x\n`, 0o600);
  }

  path(...parts) {
    return join(this.dir, ...parts);
  }

  /** Writes a file: text or a Buffer as it is, any other object as YAML. */
  write(path, content, mode = 0o644) {
    const file = this.path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : stringify(content), { mode });
    return this;
  }

  project(name, { compose, ingress, raw = {} }) {
    if (compose) this.write(`projects/${name}/docker-compose.yml`, compose);
    if (ingress) this.write(`projects/${name}/itsup-project.yml`, ingress);
    for (const [file, text] of Object.entries(raw)) this.write(`projects/${name}/${file}`, text);
    return this;
  }

  copy(from, to) {
    cpSync(from, this.path(to), { recursive: true });
    return this;
  }

  has(path) {
    return existsSync(this.path(path));
  }

  /** The path of a file that belongs to this root but lies outside it; goes with it. */
  beside(name) {
    const path = `${this.dir}.${name}`;
    this.others.push(path);
    return path;
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
    for (const path of this.others) rmSync(path, { recursive: true, force: true });
  }
}

/** The compose service that most tests deploy. */
export function web({ image = 'demo:1', replicas = 1, env = {}, ...more } = {}) {
  return {
    image,
    pull_policy: 'never',
    ...(replicas === 1 ? {} : { deploy: { replicas } }),
    ...(Object.keys(env).length ? { environment: env } : {}),
    ...more,
  };
}

export function chatter({ intervalMs = 100, burst = 1, pad = 0, ...more } = {}) {
  return {
    image: 'demo:1',
    pull_policy: 'never',
    command: ['/demo', 'chatter'],
    environment: { INTERVAL_MS: String(intervalMs), BURST: String(burst), PAD: String(pad) },
    healthcheck: { disable: true },
    ...more,
  };
}
