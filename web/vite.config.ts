import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const daemon = process.env.ITSUP_URL ?? 'http://127.0.0.1:8080';
const routes = ['auth', 'projects', 'deployments', 'stacks', 'events', 'health', 'version', 'docs'];

export default defineConfig({
  base: '/ui/',
  plugins: [svelte()],
  // The version comes from the daemon at run time: nothing of the build machine enters the bundle.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The Content-Security-Policy allows neither data: URLs nor inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // The notices of what is bundled go with it.
    license: { fileName: 'licenses.txt' },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1600,
    rollupOptions: { input: ['index.html', 'docs.html'] },
  },
  server: {
    proxy: {
      ...Object.fromEntries(routes.map((route) => [`/${route}`, { target: daemon }])),
      '/ws': { target: daemon, ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
