import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { LOGGED, StatementLog } from '../../support/database/statements.js';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/servers/postgres.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

describe('whom something can be shared with', () => {
  let stack: Stack;
  let postgres: PostgresServer | undefined;
  const as = (name: string) => (name === 'admin' ? stack.admin : stack.person(name));
  const find = async (name: string, query: string) => {
    const { status, body } = await as(name).get(`/grantees?${query}`);
    expect([query, status]).toEqual([query, 200]);
    return body.items.map((each: any) => `${each.kind} ${each.name}`);
  };

  beforeAll(async () => {
    postgres = hasPostgres() ? await startPostgres({ settings: LOGGED }) : undefined;
    const database = await postgres?.createDatabase();
    stack = await startStack({ ...(database ? { database } : {}), env: NO_LIMITS });
    await makePeople(stack, ['alice', 'bob', 'carol', 'carola', 'carlos', 'dave']);
    await stack.admin.post('/groups/Carbon', { members: ['alice', 'carol'], display_name: 'Carbon cycle' });
    await stack.admin.post('/groups/Carry', { members: ['dave'], readers: ['carola'] });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
  });

  it('a person finds those of the same groups by the beginning, others by the whole name', async () => {
    expect(await find('alice', 'q=c')).toEqual(['group Carbon', 'user carol']);
    expect(await find('alice', 'q=CAR')).toEqual(['group Carbon', 'user carol']);
    expect(await find('alice', 'q=car&kind=user')).toEqual(['user carol']);
    expect(await find('alice', 'q=car&kind=group')).toEqual(['group Carbon']);
    expect(await find('alice', 'q=bob')).toEqual(['user bob']);
    expect(await find('alice', 'q=alice')).toEqual([]);
    expect(await find('alice', 'q=every')).toEqual(['group everyone']);
    // a reader sees who else is in the group
    expect(await find('carola', 'q=d')).toEqual(['user dave']);
    const { body } = await as('alice').get('/grantees?q=carb');
    expect(body).toEqual({
      items: [{ kind: 'group', name: 'Carbon', display_name: 'Carbon cycle' }],
      next_cursor: null,
    });
  });

  it('beginnings tell nothing of others: not that they exist, nor by what is asked of the database', async () => {
    for (const name of ['carlos', 'carola', 'dave', 'Carry'])
      for (let length = 1; length < name.length; length++) {
        const found = await find('bob', `q=${name.slice(0, length)}`);
        expect(found.filter((each: string) => each !== 'user carol')).toEqual([]);
      }
    expect(await find('bob', 'q=Carry')).toEqual([]);
    // not by the signs that have a meaning in patterns either
    for (const q of ['%25', '_', 'car%25', 'ca_ol', '.*', '']) {
      const { status, body } = await as('bob').get(`/grantees?q=${q}`);
      expect([q, status, body.items ?? []]).toEqual([q, q === '' ? 422 : 200, []]);
    }
    if (!postgres) return;
    const log = new StatementLog(postgres);
    const asked = async (q: string) => {
      await find('bob', `q=${q}`);
      const statements = await log.during(() => find('bob', `q=${q}`));
      return statements.filter((text) => text.includes('starts_with'));
    };
    expect(await asked('carlo')).toHaveLength(1);
    expect(await asked('carlo')).toEqual(await asked('nobod'));
  });

  it('what is found is what a share takes, and the other way round', async () => {
    await stack.admin.post('/admin/users/dave/disable');
    await as('newcomer').get('/me');
    const path = 's3a://cdm-lake/users-warehouse/alice/found/';
    for (const name of ['bob', 'carlos', 'dave', 'newcomer', 'nobody']) {
      const { body } = await as('alice').post('/users/alice/share?dry_run=true', {
        path,
        with_users: [name],
      });
      const taken = body.code !== 'all_refused';
      expect([name, await find('alice', `q=${name}`)]).toEqual([name, taken ? [`user ${name}`] : []]);
    }
    await stack.admin.post('/admin/users/dave/enable');
  });

  it('administrators find everybody, page by page', async () => {
    const everybody = ['group Carbon', 'group Carry', 'user carlos', 'user carol', 'user carola'];
    expect(await find('admin', 'q=car')).toEqual(everybody);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await stack.admin.get(`/grantees?q=car&limit=2${cursor}`);
      seen.push(...body.items.map((each: any) => `${each.kind} ${each.name}`));
      cursor = body.next_cursor && `&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual(everybody);
    expect(problemOf(await stack.admin.get('/grantees'))).toMatchObject([400, 'malformed_request']);
    expect((await stack.admin.get(`/grantees?q=${'x'.repeat(101)}`)).status).toBe(422);
    expect((await stack.admin.get('/grantees?q=%00')).status).toBe(422);
  });

  it('administrators find nothing by the signs of patterns, everyone once, and nobody who was removed', async () => {
    for (const q of ['%25', '_', 'car_l', '.*']) expect([q, await find('admin', `q=${q}`)]).toEqual([q, []]);
    const path = 's3a://cdm-lake/users-warehouse/alice/all/';
    const shared = await as('alice').post('/users/alice/share', { path, with_groups: ['everyone'] });
    expect(shared.status).toBe(200);
    expect(await find('admin', 'q=every')).toEqual(['group everyone']);
    expect((await stack.admin.delete('/admin/users/carlos')).status).toBeLessThan(300);
    expect(await find('admin', 'q=carlos')).toEqual([]);
  });

  it('each look counts against a limit', async () => {
    await stack.restart({ RATE_LIMIT_WRITES: '3' });
    const answers = [];
    for (let time = 0; time < 4; time++) answers.push(await as('bob').get('/grantees?q=carol'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect((await as('alice').get('/grantees?q=carol')).status).toBe(200);
  });
});
