#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// as in src/main.ts: beside the packages, where only the installing user may write
enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'compiled'));
const { main } = await import('./program.js');
process.exit(await main(process.argv));
