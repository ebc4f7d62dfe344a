#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(import.meta.url);
const packages = join(dirname(file), '..', '..', 'node_modules');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major === 24 && minor >= 7) {
  // as in src/main.ts: beside the packages, where only the installing user may write
  modules.enableCompileCache(join(packages, '.cache', 'compiled'));
  // whoever reads has seen enough, as `head` has
  process.stdout.on('error', () => process.exit(1));
  const { main } = await import('./program.js');
  process.exit(await main(process.argv));
}
// an older one: npm has brought the right one along, as for `npm start`
const brought = join(packages, `node-${process.platform}-${process.arch}`, 'bin', 'node');
const { error, status } = spawnSync(brought, [file, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error)
  process.stderr.write(`minio-managerctl needs Node 24.7 or newer, below 25: this is ${process.version}\n`);
process.exit(status ?? 1);
