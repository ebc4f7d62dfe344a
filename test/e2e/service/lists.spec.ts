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
  `insert into login (user_id, last_at)
   select id, now() - substr(name, 5)::int % 50 * interval '1 hour' from subject where name like 'user12%' and name not like '%5'`,
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

  const USER_SORTS = ['name', 'created', 'last_seen'].flatMap((field) => [field, `-${field}`]);

  /** Every name of a list, in its order; `between`: what happens between its pages. */
  async function walk(address: string, nameOf: (item: any) => any, between: () => Promise<unknown>) {
    const names: any[] = [];
    const totals: number[] = [];
    for (let cursor = ''; ;) {
      const { status, body } = await stack.admin.get(`${address}${cursor}`);
      expect(status).toBe(200);
      names.push(...body.items.map(nameOf));
      totals.push(body.total);
      if (body.next_cursor === null) return { names, totals };
      cursor = `&cursor=${body.next_cursor}`;
      await between();
    }
  }

  it.each(USER_SORTS)('sort=%s: each user once, in order, whoever comes between two pages', async (sort) => {
    const [field, reversed] = sort.startsWith('-') ? [sort.slice(1), true] : [sort, false];
    const whole = await all('/admin/users?q=user12', 500);
    // the logins of those who came are recorded at some time of their own
    const before = whole.filter(({ user_name }) => user_name.startsWith('user12'));
    const keyOf = (user: any): string =>
      ({ name: '', created: user.created_at, last_seen: user.last_seen_at ?? '' })[field as 'name'];
    const inOrder = before
      .toSorted((a, b) => {
        const [x, y] = [keyOf(a), keyOf(b)];
        return x === y ? (a.user_name < b.user_name ? -1 : 1) : x < y ? -1 : 1;
      })
      .map(({ user_name }) => user_name);
    if (reversed) inOrder.reverse();
    let more = 0;
    const { names, totals } = await walk(
      `/admin/users?q=user12&sort=${sort}&limit=20`,
      ({ user_name }) => user_name,
      () => stack.person(`a_user12_${sort.replace('-', 'r')}_${more++}`).get('/me'),
    );
    const isOld = (name: string) => inOrder.includes(name);
    expect(names.filter(isOld)).toHaveLength(inOrder.length);
    expect(new Set(names.filter(isOld)).size).toBe(inOrder.length);
    // rows of one statement may be of the same millisecond, which is all that an answer says
    if (field !== 'created') expect(names.filter(isOld)).toEqual(inOrder);
    expect(totals[0]).toBe(whole.length);
    expect(totals.at(-1)).toBe(whole.length + more);
  });

  it('sort=created is the order in which users were made; a cursor of another order is refused', async () => {
    for (const name of ['b_made', 'c_made', 'a_made'])
      expect((await stack.person(name).get('/me')).status).toBe(200);
    const named = async (sort: string) =>
      (await stack.admin.get(`/admin/users?q=_made&sort=${sort}`)).body.items.map(
        ({ user_name }: any) => user_name,
      );
    expect(await named('created')).toEqual(['b_made', 'c_made', 'a_made']);
    expect(await named('-created')).toEqual(['a_made', 'c_made', 'b_made']);
    expect(await named('-name')).toEqual(['c_made', 'b_made', 'a_made']);
    const { body } = await stack.admin.get('/admin/users?sort=created&limit=1');
    const other = await stack.admin.get(`/admin/users?sort=name&cursor=${body.next_cursor}`);
    expect([other.status, other.body.errors]).toMatchObject([422, [{ field: 'cursor' }]]);
    for (const text of ['created', 'created a', 'created a b c', 'created \0 a', 'name  ', 'x'.repeat(300)]) {
      const cursor = Buffer.from(text).toString('base64url');
      const answer = await stack.admin.get(`/admin/users?sort=created&cursor=${cursor}`);
      expect([text, answer.status]).toEqual([text, 422]);
    }
    expect((await stack.admin.get('/admin/users?sort=size')).status).toBe(422);
  });

  it('the total counts what the filter finds, on every page', async () => {
    const total = async (query: string) => (await stack.admin.get(`/admin/users?${query}`)).body.total;
    expect(await total('q=user999&limit=1')).toBe(11);
    expect(await total('q=nobody')).toBe(0);
    await stack.admin.post('/admin/users/a_made/disable');
    expect(await total('q=_made&status=active')).toBe(2);
    expect(await total('q=_made&status=disabled')).toBe(1);
    expect((await stack.admin.get('/admin/groups?limit=1')).body.total).toBe(GROUPS);
  });

  it.each(['members', '-members', '-created', '-name'])('groups are sorted by %s', async (sort) => {
    const { names } = await walk(
      `/admin/groups?sort=${sort}&limit=250`,
      (item) => item,
      () => Promise.resolve(),
    );
    expect(new Set(names.map(({ group_name }: any) => group_name)).size).toBe(GROUPS);
    const counts = names.map(({ member_count }: any) => member_count);
    if (sort === 'members') expect(counts).toEqual(counts.toSorted((a: any, b: any) => a - b));
    if (sort === '-members') expect(counts[0]).toBeGreaterThan(1000);
    if (sort === '-name')
      expect(names.map(({ group_name }: any) => group_name)).toEqual(inByteOrder('Group', GROUPS).reverse());
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
