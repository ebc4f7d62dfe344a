import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Cached code is executed, so the cache lies beside the packages, where only the installing user may write. Without write access it is only
// read.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));
await import('./serve.js');
