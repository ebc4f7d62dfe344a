// The check `openapi`: openapi/openapi.json is what the code says, and it says everything. Usage: node scripts/check-openapi.mjs --check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './node.mjs';
import { gapsIn } from './openapi-completeness.mjs';

await import(pathToFileURL(join(ROOT, 'dist', 'openapi.js')).href);
const gaps = gapsIn(JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')));
for (const gap of gaps) console.error(gap);
if (gaps.length > 0) process.exitCode = 1;
