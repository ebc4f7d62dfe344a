import { hasPostgres } from '../../support/servers/postgres.js';
import { processArguments } from '../../support/service/secrets.js';
import { START_MS } from '../../support/service/stack.js';
import { PostgresBench } from './postgres/bench.js';
import { databases } from './postgres/databases.js';
import { logins } from './postgres/logins.js';
import { rights } from './postgres/rights.js';
import { roles } from './postgres/roles.js';

(hasPostgres() ? describe : describe.skip)('steps on PostgreSQL', () => {
  const bench = new PostgresBench();
  beforeAll(() => bench.start(), START_MS);
  afterAll(() => bench.stop());

  databases(bench);
  roles(bench);
  rights(bench);
  logins(bench);

  it('show no password: not in the log of the server, and in no arguments', () => {
    const { secrets, server } = bench;
    expect(secrets.count).toBeGreaterThan(3);
    expect(server.logs()).toContain('SCRAM-SHA-256$4096');
    const places: [string, string | Buffer][] = [['the log', server.logs()], ...processArguments()];
    expect(places.flatMap(([place, content]) => secrets.findIn(place, content))).toEqual([]);
  });
});
