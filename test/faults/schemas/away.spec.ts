import type { Client } from 'pg';
import { waitFor } from '../../../scripts/child.mjs';
import { SchemaBench } from '../../support/portal/schema-bench.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { START_MS } from '../../support/service/stack.js';

const LONG_MS = 120_000;

(hasPostgres() ? describe : describe.skip)('work on the schemas of two products at once', () => {
  let bench: SchemaBench;

  beforeAll(async () => {
    bench = await SchemaBench.start({ PRODUCTS_ON_DELETE: 'delete' });
  }, START_MS);
  afterAll(() => bench?.stop());

  /** Work on the product of this role waits in PostgreSQL until the connection ends. */
  async function hold(role: string): Promise<Client> {
    const client = await bench.database.connect();
    await client.query(`select pg_advisory_lock(hashtextextended('minio-manager data product ${role}', 0))`);
    return client;
  }

  const waits = () =>
    waitFor('work that waits', async () => {
      const found = await bench.database.sql(
        `select from pg_locks where locktype = 'advisory' and not granted`,
      );
      return found.length > 0;
    });

  it(
    'a consumer whose check is under way while its provider is deleted leaves no role of the provider',
    async () => {
      await bench.made('gone', 'reader');
      const held = await hold('reader_owner');
      await bench.access('approve', 'gone', 'reader');
      await waits();
      await bench.remove('gone');
      await waitFor('the deletion', async () => {
        const { state, database } = await bench.shown('gone');
        return state === 'deleted' && database === null;
      });
      expect(await bench.left('gone')).toEqual([]);
      await held.end();
      await bench.settle();
      expect(await bench.left('gone')).toEqual([]);
      expect((await bench.shown('reader')).database).toMatchObject({ problem: null });
    },
    LONG_MS,
  );

  it(
    'a consumer that is checked before its provider has a schema reads it as soon as it is there',
    async () => {
      await bench.made('early');
      const held = await hold('slow_owner');
      await bench.create('slow');
      await waits();
      await bench.access('approve', 'slow', 'early');
      const shown = async () => (await bench.shown('early')).database.problem;
      await waitFor('the problem', async () =>
        (await shown())?.includes('slow_read of a provider is not there'),
      );
      await held.end();
      await bench.settle();
      expect(await shown()).toBeNull();
      await bench.database.sql('create table slow.t (id int)', await bench.login('slow'));
      expect(await bench.database.outcome('select from slow.t', await bench.login('early'))).toBe('ok');
    },
    LONG_MS,
  );
});
