import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Beside the packages, where only whoever installs may write: what is in it is run. Without the right to write it is read only.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));
await import('./serve.js');
