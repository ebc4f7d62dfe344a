// Runs the benchmarks: all rows, or those that are named. See docs/performance.md.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MINIO_VERSION, findMinio } from '../scripts/minio-binary.mjs';
import { ROOT } from '../scripts/node.mjs';
import { machine, watchOthers } from './process.mjs';
import { saveJson, toMarkdown, writeDocs } from './report.mjs';
import { fairness } from './rows/fairness.mjs';
import { grants } from './rows/grants.mjs';
import { firstLogin } from './rows/first-login.mjs';
import { memory } from './rows/memory.mjs';
import { pair } from './rows/pair.mjs';
import { products } from './rows/products.mjs';
import { provisions } from './rows/provisions.mjs';
import { proxy } from './rows/proxy.mjs';
import { rotation } from './rows/rotation.mjs';
import { session } from './rows/session.mjs';
import { share } from './rows/share.mjs';
import { start } from './rows/start.mjs';
import { sweep } from './rows/sweep.mjs';
import { webhook } from './rows/webhook.mjs';
import { workflows } from './rows/workflows.mjs';
import { LOG_LEVEL, Stage } from './stage.mjs';

export const ROWS = {
  pair,
  session,
  'first-login': firstLogin,
  rotation,
  memory,
  start,
  sweep,
  share,
  grants,
  fairness,
  webhook,
  provisions,
  workflows,
  products,
  proxy,
};
const ROUNDS = 6;
const OPTIONS = {
  quick: { type: 'boolean', default: false },
  database: { type: 'string', default: 'postgres' },
  main: { type: 'string', default: join(ROOT, 'dist', 'main.js') },
  'write-docs': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};
const USAGE = `npm run bench [-- ROW ... OPTION ...]
  rows      ${Object.keys(ROWS).join(' ')} (default: all)
  --quick               a quarter of the samples
  --database=pglite     the embedded database instead of PostgreSQL
  --main=FILE           another build of the service
  --write-docs          put the results into docs/performance.md (all rows)
npm run bench -- profile ROW    where the service spends its time in a row`;

/** @param {string[]} args */
export function readArguments(args) {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const unknown = positionals.find((name) => !Object.hasOwn(ROWS, name));
  if (unknown) throw new Error(`no row is called ${unknown}: ${Object.keys(ROWS).join(', ')}`);
  if (!['postgres', 'pglite'].includes(values.database)) throw new Error('--database is postgres or pglite');
  if (!existsSync(values.main)) throw new Error('the service is not built: run `npm run build`');
  if (values['write-docs'] && (positionals.length > 0 || values.quick))
    throw new Error('--write-docs is for all rows with all samples');
  return {
    ...values,
    main: resolve(values.main),
    rows: positionals.length > 0 ? positionals : Object.keys(ROWS),
  };
}

/** How much is measured; `count` scales the usual number. */
export function sampling(quick) {
  return { quick, rounds: ROUNDS, count: (usual) => (quick ? Math.ceil(usual / 4) : usual) };
}

export async function openStage({ main, database, profile = undefined }) {
  const stage = new Stage({ main, database, profile, minio: await findMinio({ log: console.error }) });
  const end = () => void stage.stop().finally(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end);
  await stage.open();
  return stage;
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  const stage = await openStage(options);
  const lines = [];
  try {
    for (const row of options.rows) {
      console.error(`${row} ...`);
      const others = watchOthers();
      const measured = await stage.act(() => ROWS[row](stage, sampling(options.quick)));
      lines.push(...measured.map((line) => ({ ...line, row, othersPercent: others() })));
    }
  } finally {
    await stage.stop();
  }
  const { postgres } = stage.versions;
  const run = {
    date: new Date().toISOString(),
    machine: machine(),
    settings: {
      database: postgres ? `PostgreSQL ${postgres}` : 'PGlite',
      minio: MINIO_VERSION,
      logLevel: LOG_LEVEL,
    },
    lines,
  };
  const markdown = toMarkdown(run);
  console.log(`\n${markdown}\n`);
  console.error(`Raw figures: ${saveJson(run)}`);
  if (options['write-docs']) await writeDocs(markdown);
}

if (import.meta.main) {
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
