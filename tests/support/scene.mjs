// What nearly every end-to-end test needs: an install root, the daemon on it, and a client.
import { after } from 'node:test';
import { Daemon } from './daemon.mjs';
import { Engine } from './engine.mjs';
import { Root } from './root.mjs';

// Registered when this module is loaded: inside a before() hook, after() would belong to the hook.
const scenes = [];
after(async () => {
  for (const { daemon, engine, root } of scenes.reverse()) {
    await daemon.dispose();
    if (engine) await engine.sweep();
    root.remove();
  }
});

/**
 * Starts a daemon on a root that `prepare` fills, and cleans all of it up when the file's tests are over.
 * Options: engine (null: none), ready (wait for the engine; default when there is one), proxynet, and those of Daemon.
 */
export async function scene(prepare = () => {}, { engine = Engine.shared(), ready = engine !== null, proxynet = engine !== null, ...options } = {}) {
  const root = new Root();
  await prepare(root);
  if (proxynet) await ensureProxynet(engine);
  const daemon = new Daemon(root, { engine, ...options });
  scenes.push({ daemon, engine, root });
  await daemon.start();
  if (ready) await daemon.ready();
  return { root, daemon, engine, api: daemon.api };
}

/** The network that the dns stack makes, with the labels that compose would give it. */
export async function ensureProxynet(engine) {
  const { code } = await engine.tryDocker('network', 'inspect', 'proxynet');
  if (code === 0) return;
  await engine.docker(
    'network', 'create', '--subnet', '172.20.0.0/16', '--gateway', '172.20.0.1',
    '--label', 'com.docker.compose.network=proxynet', '--label', 'com.docker.compose.project=dns', 'proxynet',
  );
}
