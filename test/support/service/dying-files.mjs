// Loaded into a service before its own code (`NODE_OPTIONS=--import=...`): the process kills itself at one change of a file. Which one is told
// by the file named in DIE_AT, which may come and go: {"call", "path", "side"}, `path` a pattern for what the call makes.
import { readFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const WRITES = 0b11;

function point() {
  try {
    return JSON.parse(readFileSync(process.env.DIE_AT ?? '', 'utf8'));
  } catch {
    return undefined;
  }
}

function dieAt(side, call, path) {
  const wanted = point();
  if (wanted?.side === side && wanted.call === call && new RegExp(wanted.path).test(path))
    process.kill(process.pid, 'SIGKILL');
}

for (const call of ['open', 'rename']) {
  const real = files[call];
  files[call] = async (...args) => {
    const [first, second] = args;
    if (call === 'open' && !(second & WRITES)) return real(...args);
    const path = String(call === 'rename' ? second : first);
    dieAt('before', call, path);
    const result = await real(...args);
    dieAt('after', call, path);
    return result;
  };
}
syncBuiltinESMExports();
