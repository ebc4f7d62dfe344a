import { OldDatabase } from '../../support/database/migrations.js';
import { hasPostgres } from '../../support/servers/postgres.js';

(hasPostgres() ? describe : describe.skip)('requests for access in a database from before', () => {
  let database: OldDatabase;

  beforeAll(async () => {
    database = await OldDatabase.start();
  });
  afterAll(() => database?.stop());

  it('are kept as they are, and whose they are for may go and come back', async () => {
    await database.migrate({ end: '0013' });
    const [alice, bob] =
      await database.rows(`insert into subject (kind, name, principal, status, secret_salt, secret_key_id)
      values ('user', 'alice', 'alice', 'active', '', ''), ('user', 'bob', 'bob', 'active', '', '') returning id`);
    const wanted = `'${bob.id}', '${alice.id}', 'cdm-lake', 'users-warehouse/alice/x', true, 'write', 'why'`;
    await database.rows(`insert into access_request
      (requester_id, owner_id, bucket, prefix, folder, permission, reason, state, granted, decided_by)
      values (${wanted}, 'open', null, null), (${wanted}, 'approved', 'read', 'alice'),
        (${wanted}, 'denied', null, 'alice'), (${wanted}, 'superseded', null, 'bob')`);
    const before = await database.rows('select * from access_request order by id');
    await database.migrate({ first: '0013' });
    const none = { group_name: null, group_id: null, role: null };
    expect(await database.rows('select * from access_request order by id')).toEqual(
      before.map((row) => ({ ...row, ...none })),
    );
    // a name that is used again is another subject: what was asked of the former one is asked of nobody
    await database.rows('delete from login');
    await database.rows(`update subject set id = gen_random_uuid() where name = 'alice'`);
    expect(await database.rows('select distinct owner_id from access_request')).toEqual([{ owner_id: null }]);
    await database.rows(`delete from subject where name = 'bob'`);
    expect(await database.rows('select id from access_request')).toEqual([]);
  });
});
