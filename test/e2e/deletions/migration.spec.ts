import { OldDatabase } from '../../support/database/migrations.js';
import { hasPostgres } from '../../support/servers/postgres.js';

(hasPostgres() ? describe : describe.skip)('deletions in a database from before', () => {
  let database: OldDatabase;

  beforeAll(async () => {
    database = await OldDatabase.start();
  });
  afterAll(() => database?.stop());

  it('become provisions if they are open, and stay as they are if they are over', async () => {
    await database.migrate({ end: '0019' });
    const values = ['completed', 'failed', 'pending', 'running']
      .map((state) => `('user', '${state}', 'users/${state}/', '${state}', 'root', 'person', 'r1')`)
      .join(', ');
    await database.rows(`insert into data_deletion
      (subject_kind, subject_name, prefix, state, actor, actor_kind, request_id) values ${values}`);
    await database.migrate({ first: '0019' });
    const deletions = await database.rows('select * from data_deletion order by subject_name');
    expect(deletions.map(({ state, provision_id }) => [state, provision_id !== null])).toEqual([
      ['completed', false],
      ['failed', false],
      ['pending', true],
      ['running', true],
    ]);
    const provisions = await database.rows(`select provision.*, provision_event.event from provision
      join provision_event on provision_event.provision_id = provision.id order by subject`);
    const [, , ...open] = deletions;
    expect(provisions).toEqual(
      open.map(({ id, prefix, provision_id }) =>
        expect.objectContaining({
          id: provision_id,
          kind: 'data.deletion',
          subject: `data:${prefix}`,
          status: 'pending',
          input: { deletion_id: id },
          max_attempts: null,
          requested_by: 'root',
          requested_by_kind: 'person',
          correlation_id: 'r1',
          event: 'accepted',
        }),
      ),
    );
  });
});
