import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pgliteDir } from '../../support/database/database.js';
import { startService } from '../../support/service/service.js';

const NOWHERE = {
  MINIO_ENDPOINT: 'http://127.0.0.1:1',
  MINIO_ROOT_USER: 'minioadmin',
  MINIO_ROOT_PASSWORD: 'minioadmin',
  KBASE_AUTH_URL: 'http://127.0.0.1:1',
};

describe('a folder of the embedded database', () => {
  let dataDir: string;
  const at = (...names: string[]) => join(dataDir, 'pglite', ...names);
  beforeEach(() => (dataDir = pgliteDir()));

  it.each<[string, () => void]>([
    ['without PG_VERSION', () => rmSync(at('PG_VERSION'))],
    ['with a damaged control file', () => writeFileSync(at('global', 'pg_control'), randomBytes(8192))],
    [
      'without its log',
      () => readdirSync(at('pg_wal')).forEach((name) => rmSync(at('pg_wal', name), { recursive: true })),
    ],
    [
      'that is a file',
      () => {
        rmSync(at(), { recursive: true });
        writeFileSync(at(), 'x');
      },
    ],
  ])(
    '%s stops the start with a sentence that says what to do, and is left as it is',
    async (what, damage) => {
      damage();
      const before = existsSync(at('base')) ? readdirSync(at('base')) : [];
      const service = await startService({ env: { ...NOWHERE, DATA_DIR: dataDir }, waitReady: false });
      expect(await service.exitCode()).toBe(1);
      const said = service.logs();
      expect(said).toContain(`DATA_DIR ${dataDir}`);
      expect(said).toContain('docs/operations.md');
      expect(said).not.toMatch(/\n\s+at /);
      expect(existsSync(at('base')) ? readdirSync(at('base')) : []).toEqual(before);
      expect(what === 'without PG_VERSION' && existsSync(at('PG_VERSION'))).toBe(false);
    },
  );

  it('that an interrupted first start has left is made anew', async () => {
    rmSync(at(), { recursive: true });
    mkdirSync(at());
    writeFileSync(at('PG_VERSION'), 'x');
    writeFileSync(join(dataDir, 'pglite.unfinished'), '');
    const service = await startService({ env: { ...NOWHERE, DATA_DIR: dataDir } });
    expect(existsSync(join(dataDir, 'pglite.unfinished'))).toBe(false);
    await service.kill();
  });
});
