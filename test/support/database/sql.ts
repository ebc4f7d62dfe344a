import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { ROOT, findNode } from '../../../scripts/node.mjs';

export type Row = Record<string, unknown>;
/** What one statement gave: its rows, or the database's refusal. */
export type Result = { rows: Row[] } | { error: string };

/** Runs statements on a service's database, past the service; on an embedded one only while no service has it open. */
export function runSql(env: Record<string, string>, statements: string[]): Promise<Result[]> {
  return env.DATABASE_URL
    ? onPostgres(env.DATABASE_URL, statements)
    : Promise.resolve(onPglite(join(env.DATA_DIR ?? '', 'pglite'), statements));
}

async function onPostgres(url: string, statements: string[]): Promise<Result[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const results: Result[] = [];
    for (const statement of statements) {
      results.push(
        await client.query(statement).then(
          ({ rows }) => ({ rows: rows as Row[] }),
          (error: Error) => ({ error: error.message }),
        ),
      );
    }
    return results;
  } finally {
    await client.end();
  }
}

/** In a process of its own: the embedded database does not run in Jest's sandbox. */
function onPglite(folder: string, statements: string[]): Result[] {
  const module = pathToFileURL(join(ROOT, 'dist', 'database', 'embedded', 'pglite.js')).href;
  const script = `const { openPGlite } = await import(${JSON.stringify(module)});
    const pglite = await openPGlite(${JSON.stringify(folder)});
    const results = [];
    for (const statement of ${JSON.stringify(statements)}) {
      results.push(await pglite.query(statement).then(({ rows }) => ({ rows }), ({ message }) => ({ error: message })));
    }
    await pglite.close();
    console.log(JSON.stringify(results));`;
  const output = execFileSync(findNode(), ['--input-type=module', '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output) as Result[];
}
