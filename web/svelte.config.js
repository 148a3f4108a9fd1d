import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // The class of a component's style depends on its text alone, so that a build is the same
    // wherever the checkout lies.
    cssHash: ({ hash, css }) => `s-${hash(css)}`,
  },
};
