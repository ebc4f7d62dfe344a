import { defineConfig } from 'vite';

/** What the page asks the service for, passed on while it is developed. */
const SERVICE = 'http://localhost:8090';
const API =
  '^/(ui/(api|login)|me|users|access|access-requests|groups|people|admin|api|provisions|plans|data-products|roles)(/|\\?|$)';

export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2022',
    // the policy of the page allows no style or script that is not a file
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
  },
  server: { proxy: { [API]: { target: SERVICE } } },
});
