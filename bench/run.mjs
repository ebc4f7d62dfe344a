// `npm run bench [-- ROW ...] [options]` and `npm run bench -- profile ROW`: installs and builds what is missing, then runs
// the benchmarks under the project's own Node. No dependencies, Node >= 18.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exited, spawnTied } from '../scripts/child.mjs';
import { ROOT, findNode } from '../scripts/node.mjs';

const script = (path) => fileURLToPath(new URL(path, import.meta.url));

async function run(args) {
  // Another build than the one of this checkout is measured as it is.
  if (!args.some((each) => each.startsWith('--main'))) prepare();
  const [first, ...rest] = args;
  const argv = first === 'profile' ? [script('profile.mjs'), ...rest] : [script('main.mjs'), ...args];
  const child = spawnTied(findNode(), argv, { cwd: ROOT, stdio: 'inherit', deathSignal: 'TERM' });
  const forward = (signal) => child.kill(signal);
  process.on('SIGTERM', forward).on('SIGINT', forward);
  const { code } = await exited(child);
  return code ?? 1;
}

function prepare() {
  const { status } = spawnSync(process.execPath, [script('../scripts/bootstrap.mjs'), '--build'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
