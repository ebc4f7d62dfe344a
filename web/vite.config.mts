import { defineConfig } from 'vite';

/** Everything but the page itself is the service's, and so are its logins and its session. */
const SERVICE = 'http://localhost:8090';
const API = '^/(?!ui/)|^/ui/(api|login)/';

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
