import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { findNode, ROOT } from '../../../scripts/node.mjs';
import { pgliteDir } from '../../support/database/database.js';

const TRANSACTIONS = 1000;
const LANES = 8;
/** What the queue may send: texts with transactions of their own, which fail before or after they have written. */
const FOREIGN = [
  'begin; select 1/0; commit',
  'select 1/0',
  'begin; insert into pair values (-1, 1); select 1/0; commit',
  'begin; insert into foreign_row values (1); commit',
  'not even SQL',
];

/** In a process of its own: the embedded database does not run in Jest's sandbox. */
async function play(): Promise<any> {
  const module = pathToFileURL(join(ROOT, 'dist', 'database', 'embedded', 'pglite.js')).href;
  const script = `
    const { Kysely, sql } = await import('kysely');
    const { EmbeddedDatabase } = await import(${JSON.stringify(module)});
    const embedded = new EmbeddedDatabase(${JSON.stringify(join(pgliteDir(), 'pglite'))});
    const db = new Kysely({ dialect: embedded.dialect() });
    await sql\`create table pair (n integer, half integer)\`.execute(db);
    await sql\`create table foreign_row (n integer)\`.execute(db);
    const counts = { kept: 0, takenBack: 0, foreignDone: 0, foreignFailed: 0 };
    let left = ${TRANSACTIONS};
    const ours = async () => {
      for (let n = left--; n > 0; n = left--) {
        await db.transaction().execute(async (trx) => {
          await sql\`insert into pair values (\${n}, 1)\`.execute(trx);
          await sql\`insert into pair values (\${n}, 2)\`.execute(trx);
          if (n % 10 === 0) throw new Error('taken back');
        }).then(() => counts.kept++, (error) => {
          if (error.message !== 'taken back') throw error;
          counts.takenBack++;
        });
      }
    };
    const foreign = async () => {
      const texts = ${JSON.stringify(FOREIGN)};
      for (let index = 0; left > 0; index++)
        await embedded.executeSql(texts[index % texts.length]).then(() => counts.foreignDone++, () => counts.foreignFailed++);
    };
    await Promise.all([...Array.from({ length: ${LANES} }, ours), foreign(), foreign(), foreign(), foreign()]);
    const { rows } = await sql\`select n, count(*)::int as halves from pair group by n order by n\`.execute(db);
    const { rows: [{ done }] } = await sql\`select count(*)::int as done from foreign_row\`.execute(db);
    await db.destroy();
    console.log(JSON.stringify({ counts, rows, done }));`;
  const { stdout } = await promisify(execFile)(findNode(), ['--input-type=module', '-e', script], {
    ...{ cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  });
  return JSON.parse(stdout);
}

describe('the one connection of the embedded database', () => {
  it('failures of foreign SQL touch no transaction of ours: each is there whole, or not at all', async () => {
    const { counts, rows, done } = await play();
    const kept = Array.from({ length: TRANSACTIONS }, (_, index) => index + 1).filter((n) => n % 10 !== 0);
    expect(rows).toEqual(kept.map((n) => ({ n, halves: 2 })));
    expect([counts.kept, counts.takenBack, done]).toEqual([900, 100, counts.foreignDone]);
    expect(Math.min(counts.foreignDone, counts.foreignFailed)).toBeGreaterThan(50);
  });
});
