// Where the service spends its time in a row: `npm run bench -- profile ROW [--quick] [--main=FILE]`. The file that it names opens
// in Chromium's developer tools (Performance, load profile).
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROWS, openStage, readArguments, sampling } from './main.mjs';
import { ROOT } from '../scripts/node.mjs';
import { RESULTS } from './report.mjs';

const MAIN = join(ROOT, 'dist', 'main.js');
const FILES = join(ROOT, 'dist', 'serve.js');
const TOP = 25;
/** What V8 calls the time that belongs to no function. */
const IDLE = '(idle)';

async function main() {
  const options = readArguments(process.argv.slice(2));
  const [row, another] = options.rows;
  if (another) throw new Error('name one row');
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${row}.cpuprofile`);
  const isStart = row === 'start';
  // the compiler's files, so that the folders can be told apart
  const main = isStart || options.main !== MAIN ? options.main : FILES;
  const stage = await openStage({ ...options, main, profile: { file, from: isStart ? 'start' : 'ready' } });
  try {
    await ROWS[row](stage, sampling(options.quick));
  } finally {
    await stage.stop();
  }
  print(JSON.parse(readFileSync(file, 'utf8')));
  console.log(`\n${file}`);
}

function print({ nodes, samples, timeDeltas }) {
  const selfTime = new Map();
  samples.forEach((id, index) => selfTime.set(id, (selfTime.get(id) ?? 0) + Math.max(0, timeDeltas[index])));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const idle = nodes
    .filter((node) => nameOf(node) === IDLE)
    .reduce((sum, { id }) => sum + (selfTime.get(id) ?? 0), 0);
  const busy = [...selfTime.values()].reduce((sum, time) => sum + time, 0) - idle;
  const self = { place: new Map(), name: new Map() };
  const inclusive = { place: new Map(), name: new Map() };
  for (const node of nodes) {
    if (nameOf(node) === IDLE) continue;
    add(self.place, placeOf(node), selfTime.get(node.id) ?? 0);
    add(self.name, nameOf(node), selfTime.get(node.id) ?? 0);
  }
  walk(byId.get(nodes[0].id), { byId, selfTime, inclusive }, new Set());
  console.log(`${(busy / 1e6).toFixed(1)} s of processor time, ${(idle / 1e6).toFixed(1)} s idle`);
  show('own time, by package or folder', self.place, busy);
  show('own time, by function', self.name, busy);
  show('with what it calls (up to the next await), by package or folder', inclusive.place, busy);
  show('with what it calls (up to the next await), by function', inclusive.name, busy);
}

/** Adds each node's whole time to its function and place, unless one of these is further up the stack already. */
function walk(node, state, above) {
  const keys = { place: placeOf(node), name: nameOf(node) };
  const fresh = Object.entries(keys).filter(([kind, key]) => !above.has(`${kind} ${key}`));
  const below = new Set([...above, ...fresh.map(([kind, key]) => `${kind} ${key}`)]);
  let total = keys.name === IDLE ? 0 : (state.selfTime.get(node.id) ?? 0);
  for (const child of node.children ?? []) total += walk(state.byId.get(child), state, below);
  for (const [kind, key] of fresh) add(state.inclusive[kind], key, total);
  return total;
}

function placeOf({ callFrame: { url, functionName } }) {
  if (!url) return functionName.startsWith('(') ? functionName : '(native)';
  if (url.startsWith('node:')) return url.replace(/^(node:(internal\/)?\w+).*/, '$1');
  const parts = url.split('/node_modules/').at(-1).split('/');
  if (url.includes('/node_modules/')) return parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/');
  return parts.slice(parts.lastIndexOf('dist'), -1).join('/');
}

function nameOf({ callFrame: { url, functionName, lineNumber } }) {
  const file = url.split('/').slice(-2).join('/');
  return file ? `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}` : functionName || '(anonymous)';
}

function add(map, key, time) {
  map.set(key, (map.get(key) ?? 0) + time);
}

function show(title, times, all) {
  const rows = [...times].sort(([, a], [, b]) => b - a).slice(0, TOP);
  console.log(`\n${title}`);
  for (const [key, time] of rows) console.log(`${((100 * time) / all).toFixed(1).padStart(6)} %  ${key}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
