import { OldDatabase } from '../../support/database/migrations.js';
import { hasPostgres } from '../../support/servers/postgres.js';

(hasPostgres() ? describe : describe.skip)('members in a database from before', () => {
  let database: OldDatabase;

  beforeAll(async () => {
    database = await OldDatabase.start();
  });
  afterAll(() => database?.stop());

  const users = ['ann', 'ben', 'cas', 'dan', 'eve', 'fay', 'gus'];
  const subject = (kind: string) => (name: string) => `('${kind}', '${name}', '${name}', 'active', '', '')`;
  const id = (name: string) => `(select id from subject where name = '${name}')`;
  /** What happened at a minute of the test's day. */
  const at = (minute: number) => `'2026-01-01T00:${String(minute).padStart(2, '0')}:00Z'`;
  const member = (group: string, user: string, minute: number, by = `'member', null, null`) =>
    `(${id(group)}, ${id(user)}, 'member', ${by}, ${at(minute)})`;
  const event = (minute: number, actor: string, group: string, action: string, detail: object) =>
    `(${at(minute)}, '${actor}', 'person', 'group', '${group}', '${action}', '${JSON.stringify(detail)}')`;

  it('are told since when and by whom where the audit log says so, and nothing where it does not', async () => {
    await database.migrate({ end: '0027' });
    await database.rows(`insert into subject (kind, name, principal, status, secret_salt, secret_key_id) values
      ${[...users.map(subject('user')), ...['Team', 'Taken'].map(subject('group'))].join(', ')}`);
    await database.rows(`insert into adoption (subject_id, adopted_by) values (${id('Taken')}, 'root')`);
    await database.rows(`insert into membership (group_id, user_id, role, by_hand, by_role, by_login, created_at) values
      ${[
        member('Team', 'ann', 10),
        member('Team', 'ben', 20),
        member('Team', 'cas', 10),
        member('Team', 'dan', 40, `null, 'member', null`),
        member('Team', 'eve', 40, `null, null, 'member'`),
        member('Team', 'fay', 40),
        member('Team', 'gus', 21),
        member('Taken', 'ann', 10),
      ].join(', ')}`);
    const named = (user_name: string, role = 'member') => ({ user_name, role });
    await database.rows(`insert into audit_event (at, actor, actor_kind, subject_kind, subject_name, action, detail) values
      ${[
        // a group of the same name, from before
        event(5, 'old', 'Team', 'group.member_added', named('ann')),
        event(10, 'root', 'Team', 'group.changed', { fields: ['member', 'reader'] }),
        event(15, 'root', 'Team', 'group.changed', { fields: ['grants'] }),
        event(20, 'zoe', 'Team', 'group.member_added', named('ben')),
        event(21, 'zoe', 'Team', 'group.member_added', named('gus', 'reader')),
        event(30, 'zoe', 'Team', 'group.member_added', named('cas', 'owner')),
        event(31, 'yan', 'Team', 'group.member_added', named('cas')),
        event(12, 'zoe', 'Taken', 'group.member_added', named('ann')),
      ].join(', ')}`);
    await database.migrate({ first: '0027' });
    const rows =
      await database.rows(`select g.name as team, u.name, to_char(m.since, 'MI') as since, m.added_by
      from membership m join subject g on g.id = m.group_id join subject u on u.id = m.user_id order by 1, 2`);
    expect(rows.map(({ team, name, since, added_by }) => [team, name, since, added_by])).toEqual([
      ['Taken', 'ann', null, null],
      ['Team', 'ann', '10', 'root'],
      ['Team', 'ben', '20', 'zoe'],
      ['Team', 'cas', '31', 'yan'],
      ['Team', 'dan', null, null],
      ['Team', 'eve', null, null],
      ['Team', 'fay', null, null],
      ['Team', 'gus', null, null],
    ]);
  });
});
