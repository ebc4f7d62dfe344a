import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = 'pglite';
/** Exists beside the folder until the first start is over. */
const UNFINISHED = 'pglite.unfinished';

/** The embedded database cannot be opened: what is wrong, and what to do. */
export class DamagedDatabase extends Error {
  override readonly name = 'DamagedDatabase';

  constructor(dataDir: string, what: string) {
    super(
      `DATA_DIR ${dataDir}: the embedded database in its folder "${FOLDER}" cannot be opened: ${what}. ` +
        'Put the folder back from a backup, or move it away to begin with an empty database: ' +
        'docs/operations.md explains under "A damaged or lost database" what is then lost.',
    );
    // Nest logs the error that stops a start: its place in the code tells the operator nothing
    this.stack = `${this.name}: ${this.message}`;
  }
}

/**
 * Prepares the folder of the embedded database to be opened. PGlite creates a new database wherever the file PG_VERSION is missing, over
 * any existing files: that is refused. The remains of an interrupted first start are removed; `finished` is called when the first start is
 * over.
 */
export async function prepareFolder(
  dataDir: string,
): Promise<{ folder: string; finished: () => Promise<void> }> {
  const folder = join(dataDir, FOLDER);
  const unfinished = join(dataDir, UNFINISHED);
  if ((await readdir(dataDir)).includes(UNFINISHED)) await rm(folder, { recursive: true, force: true });
  const names = await namesIn(folder, dataDir);
  if (names.length === 0) await writeFile(unfinished, '');
  else if (!names.includes('PG_VERSION'))
    throw new DamagedDatabase(dataDir, 'the file PG_VERSION is missing, so it is incomplete');
  return { folder, finished: () => rm(unfinished, { force: true }) };
}

/** The error that PGlite or the first statements throw for a folder with damaged files; other failures are returned as they are. */
export function damageOf(error: unknown, dataDir: string, opened: boolean): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  const corrupted = typeof code === 'string' && code.startsWith('XX');
  if (opened && !corrupted && !isAborted(error)) return error;
  const said = error instanceof Error ? ` (${error.message.split('\n')[0] ?? ''})` : '';
  return new DamagedDatabase(dataDir, `its files are damaged or incomplete${said}`);
}

/** WebAssembly aborted: its `RuntimeError` has no name in the types of Node. */
function isAborted(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'RuntimeError';
}

async function namesIn(folder: string, dataDir: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new DamagedDatabase(
      dataDir,
      code === 'ENOTDIR' ? 'it is not a folder' : `it cannot be read (${code})`,
    );
  }
}
