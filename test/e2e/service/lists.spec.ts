import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const USERS = 10_000;
const GROUPS = 600;

/** Rows as they stand when MinIO follows: nothing is due, so nobody works on them. One of them is broken. */
const ROWS = [
  `insert into subject (kind, name, principal, status, applied_status, applied_generation, secret_salt, secret_key_id,
     applied_secret_generation)
   select 'user', 'user' || n, 'user' || n, 'active', 'active', 1, 'salt', 'key', 1 from generate_series(1, ${USERS}) n`,
  `insert into subject (kind, name, principal, status, applied_status, applied_generation, secret_salt, secret_key_id)
   select 'group', 'Group' || n, 'Group' || n, 'active', 'active', 1, '', '' from generate_series(1, ${GROUPS}) n`,
  `insert into membership (group_id, user_id, role)
   select g.id, u.id, 'member' from subject g, subject u where g.name = 'Group7' and u.kind = 'user' and u.name like 'user1%'`,
  `update subject set suspect = true, attempts = 9, last_error = 'broken', secret_key_id = 'lost', top_shard = 3,
     due_at = now() + interval '1 hour' where name in ('user5000', 'Group300')`,
];

describe(`lists of ${USERS} users`, () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    await stack.stopService();
    const results = await runSql(stack.env, ROWS);
    expect(results.filter((result) => 'error' in result)).toEqual([]);
    await stack.startService();
  }, START_MS);
  afterAll(() => stack?.stop());

  async function all(address: string, limit: number): Promise<any[]> {
    const items: any[] = [];
    const separator = address.includes('?') ? '&' : '?';
    for (let cursor = ''; ;) {
      const { status, body } = await stack.admin.get(`${address}${separator}limit=${limit}${cursor}`);
      expect(status).toBe(200);
      items.push(...body.items);
      if (body.next_cursor === null) return items;
      expect(body.items).toHaveLength(limit);
      cursor = `&cursor=${body.next_cursor}`;
    }
  }

  const inByteOrder = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`).sort();

  it.each([
    [500, 'every page is full'],
    [499, 'the last one is not'],
  ])('%i a page: each user once, in order (%s)', async (limit) => {
    const names = (await all('/admin/users?q=user', limit)).map(({ user_name }) => user_name);
    expect(names).toEqual(inByteOrder('user', USERS));
  });

  it('what contains a text is found wherever it stands', async () => {
    const names = (await all('/admin/users?q=999', 100)).map(({ user_name }) => user_name);
    expect(names).toEqual(inByteOrder('user', USERS).filter((name) => name.includes('999')));
    expect((await all('/admin/users?q=nobody', 100)).length).toBe(0);
  });

  it('groups are counted, and one broken subject breaks no list', async () => {
    const groups = await all('/admin/groups', 100);
    expect(groups.map(({ group_name }) => group_name)).toEqual(inByteOrder('Group', GROUPS));
    const large = groups.find(({ group_name }) => group_name === 'Group7');
    expect(large.member_count).toBe(
      inByteOrder('user', USERS).filter((name) => name.startsWith('user1')).length,
    );
    const broken = groups.find(({ group_name }) => group_name === 'Group300');
    expect(broken).toMatchObject({ enforced: false });
    const [user] = (await all('/admin/users?q=user5000', 10)) as [any];
    expect(user).toMatchObject({ user_name: 'user5000', enforced: false });
  });
});
