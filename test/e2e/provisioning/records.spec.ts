import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { problemOf } from '../../support/service/problems.js';
import { ended, eventsOf, submit } from '../../support/workflows/provisions.js';
import { makePeople, NO_LIMITS, pathOf } from '../../support/access/sharing.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const secretOf = () => `svc_${randomBytes(20).toString('hex')}`;
const tokens = { provisioner: secretOf(), hub: secretOf() };
const SERVICE_TOKENS = JSON.stringify(
  [
    { name: 'provisioner', scopes: ['provision'] },
    { name: 'hub', scopes: ['credentials'] },
  ].map((each) => ({
    ...each,
    sha256: createHash('sha256')
      .update(tokens[each.name as 'hub'])
      .digest('hex'),
  })),
);
const REPORTS = pathOf(`${homeOf('alice')}reports/`);

/** A kind and an input, one after another: what a dry run shows, and what becomes of it. */
const ALL_KINDS: [string, object, string[], object][] = [
  [
    ...(['user', { user_name: 'dora' }] as const),
    [
      ...['revoke_sessions sessions of dora', 'put_policy policy mgr:user:dora:0', 'put_user user dora'],
      ...['set_policies user dora', 'create_home home of dora'],
    ],
    { action: 'create', entitlement: { type: 'user', id: 'dora' } },
  ],
  [
    ...(['group', { group_name: 'Lab', members: ['alice'] }] as const),
    [
      ...['put_policy policy mgr:group:Lab:0', 'add_members group Lab', 'set_policies group Lab'],
      'add_members group Lab',
    ],
    { action: 'create', entitlement: { type: 'group', id: 'Lab' } },
  ],
  [
    ...(['membership', { group_name: 'Lab', user_name: 'bob' }] as const),
    ['add_members group Lab'],
    { action: 'grant', entitlement: { type: 'group', id: 'Lab', user_name: 'bob', role: 'member' } },
  ],
  [
    ...(['share', { user_name: 'alice', path: REPORTS, with_users: ['carol'] }] as const),
    ['put_policy policy mgr:user:carol:1', 'set_policies user carol'],
    { action: 'grant', entitlement: { type: 'path', path: REPORTS, user: 'carol' } },
  ],
  [
    ...(['membership', { group_name: 'Lab', user_name: 'bob', state: 'absent' }] as const),
    ['remove_members group Lab'],
    { action: 'revoke', entitlement: { type: 'group', id: 'Lab', user_name: 'bob' } },
  ],
  [
    ...(['bucket', { bucket: 'reference-data' }] as const),
    ['create_bucket bucket reference-data'],
    { action: 'create', entitlement: { type: 'bucket', id: 'reference-data' } },
  ],
  [
    ...(['access_key', { user_name: 'alice', name: 'spark' }] as const),
    [],
    { action: 'create', entitlement: { type: 'access_key', name: 'spark', user_name: 'alice' } },
  ],
];

describe('provisions of every kind', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ embedded: true, env: { SERVICE_TOKENS, ...NO_LIMITS } });
    await makePeople(stack, ['alice', 'bob', 'carol']);
  }, START_MS);
  afterAll(() => stack?.stop());

  const list = async (query: string) => (await stack.admin.get(`/provisions?${query}`)).body;
  const everything = async () => [await stack.state(), await list('limit=500'), await stack.rootS3.buckets()];

  it.each(ALL_KINDS)('%s %j: shown, changing nothing; then done; then so already', async (...each) => {
    const [kind, input, plan, operation] = each;
    const before = await everything();
    const { status, body } = await stack.admin.post('/provisions?dry_run=true', { kind, input });
    expect([status, body.dry_run]).toEqual([200, true]);
    expect(body.plan.map(({ change, target }: any) => `${change} ${target}`)).toEqual(plan);
    expect(await everything()).toEqual(before);

    const done = await ended(stack.admin, await submit(stack.admin, kind, input));
    expect(done).toMatchObject({ status: 'completed', attempts: 1, error: null, error_code: null });
    expect(done.result.operations).toEqual([{ status: 'done', ...operation }]);
    expect(eventsOf(done)).toEqual(['accepted', 'completed']);

    const held = await stack.held();
    const { body: nothing } = await stack.admin.post('/provisions?dry_run=true', { kind, input });
    expect(nothing.plan).toEqual([]);
    const again = await ended(stack.admin, await submit(stack.admin, kind, input));
    expect([again.status, await stack.held()]).toEqual(['completed', held]);
  });

  it('an access key is claimed once, by its user or an administrator', async () => {
    const input = { user_name: 'alice', name: 'nightly', expires_in_seconds: 3600 };
    const { id, result } = await ended(stack.admin, await submit(stack.admin, 'access_key', input));
    const claim = `/provisions/${id}/claim`;
    expect(result.claim).toBe(claim);
    expect(problemOf(await stack.person('bob').post(claim))).toEqual([404, 'not_found']);
    expect(problemOf(await stack.caller(tokens.provisioner).post(claim))[0]).toBe(403);
    const answers = await Promise.all([1, 2, 3].map(() => stack.person('alice').post(claim)));
    const [claimed, ...others] = answers.sort((a, b) => a.status - b.status);
    expect([claimed?.status, claimed?.headers['cache-control']]).toEqual([201, 'no-store']);
    expect(others.map((each) => problemOf(each))).toEqual([
      [410, 'claimed'],
      [410, 'claimed'],
    ]);
    expect(problemOf(await stack.admin.post(claim))).toEqual([410, 'claimed']);
    const s3 = stack.s3(claimed?.body);
    expect(await s3.get(BUCKET, `${homeOf('alice')}reports/there`)).toBe('alice');
    const { body } = await stack.admin.get(`/provisions/${id}`);
    expect(eventsOf(body)).toEqual(['accepted', 'completed', 'claimed']);
    const keys = (await stack.person('alice').get('/users/alice/access-keys')).body;
    expect(keys.items.map(({ name }: any) => name)).toEqual(['nightly']);
    const user = await ended(stack.admin, await submit(stack.admin, 'user', { user_name: 'alice' }));
    expect(problemOf(await stack.admin.post(`/provisions/${user.id}/claim`))[0]).toBe(404);
  });

  it('lists by filters and pages, and shows', async () => {
    const admin = stack.admin;
    const request = { kind: 'user', input: { user_name: 'erin' }, metadata: { ticket: 'X-1' } };
    const id = `listing-${randomUUID()}`;
    const { body: made } = await admin.post('/provisions', request, { headers: { 'x-request-id': id } });
    const shown = await ended(admin, made);
    expect(shown).toMatchObject({ ...request, subject: 'user:erin', origin: 'api', requested_by: 'admin' });
    const { events: _, ...listed } = shown;
    for (const query of ['subject=user:erin', `correlation_id=${shown.correlation_id}`])
      expect((await list(query)).items).toEqual([listed]);
    for (const [query, of] of [
      ['kind=bucket', (each: any) => each.kind === 'bucket'],
      ['status=completed&origin=api', (each: any) => each.status === 'completed' && each.origin === 'api'],
      ['origin=webhook', () => false],
    ] as const) {
      const all = (await list('limit=500')).items.filter(of);
      expect([query, (await list(`limit=500&${query}`)).items]).toEqual([query, all]);
    }
    const all = (await list('limit=500')).items;
    const paged: unknown[] = [];
    for (let cursor = ''; ;) {
      const page = await list(`limit=2${cursor}`);
      paged.push(...page.items);
      if (page.next_cursor === null) break;
      expect(page.items).toHaveLength(2);
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
    expect(paged).toEqual(all);
  });

  it.each<[string, object, number]>([
    ['a kind that is none', { kind: 'volcano', input: { a: 1 } }, 422],
    ['no input', { kind: 'user' }, 400],
    ['an empty input', { kind: 'user', input: {} }, 400],
    ['a field that is none', { kind: 'user', input: { user_name: 'zoe', more: 1 } }, 400],
    ['an input of another kind', { kind: 'bucket', input: { user_name: 'zoe' } }, 400],
    ['a name that cannot be', { kind: 'user', input: { user_name: 'a/b' } }, 422],
    ['a bucket that cannot be', { kind: 'bucket', input: { bucket: '192.168.0.1' } }, 422],
    ['a path outside the home', { kind: 'share', input: { user_name: 'bob', path: REPORTS } }, 422],
    ['metadata that cannot be kept', { ...userOf('zoe'), metadata: { a: ['\u0000'] } }, 422],
    ['metadata that is no text', { ...userOf('zoe'), metadata: { '\ud800': 1 } }, 422],
  ])('refuses %s, and records nothing', async (_, body, status) => {
    const before = await everything();
    expect(problemOf(await stack.admin.post('/provisions', body))[0]).toBe(status);
    expect(await everything()).toEqual(before);
  });

  it.each([
    ...['status=odd', 'origin=odd', 'cursor=odd', 'subject=%00', 'kind=%00', 'correlation_id=%00', 'more=1'],
  ])('refuses a list by %s', async (query) => {
    expect([400, 422]).toContain(problemOf(await stack.admin.get(`/provisions?${query}`))[0]);
  });

  it.each([
    ['user', { user_name: 'Not A Name' }, 'input.user_name'],
    ['access_key', { user_name: 'Not A Name', name: 'x' }, 'input.user_name'],
    ['group', { group_name: 'not a name' }, 'input.group_name'],
    ['membership', { group_name: 'not a name', user_name: 'bob' }, 'input.group_name'],
    ['share', { user_name: 'Not A Name', path: REPORTS, with_users: ['bob'] }, 'input.user_name'],
  ])('a name that breaks a rule is refused with its field: %s %j', async (kind, input, field) => {
    const { status, body } = await stack.admin.post('/provisions', { kind, input });
    expect([status, body.errors?.map((each: any) => each.field)]).toEqual([422, [field]]);
  });

  it.each([randomUUID(), 'not-an-id', '%00'])('nothing is there by the id %s', async (id) => {
    expect(problemOf(await stack.admin.get(`/provisions/${id}`))).toEqual([404, 'not_found']);
    expect(problemOf(await stack.admin.get(`/provision/${id}`))).toEqual([404, 'not_found']);
    for (const verb of ['cancel', 'retry', 'redrive', 'discard', 'claim']) {
      const body = verb === 'discard' ? { reason: 'x' } : undefined;
      expect(problemOf(await stack.admin.post(`/provisions/${id}/${verb}`, body))).toEqual([
        404,
        'not_found',
      ]);
    }
  });

  it('is for administrators, and in part for service tokens with the scope', async () => {
    const { id } = await submit(stack.admin, 'user', { user_name: 'alice' });
    const requests = [
      ...[`POST /provisions`, `POST /provision`, `POST /provision/revoke`, `GET /provisions/${id}`],
      ...[`GET /provision/${id}`, 'GET /provisions', 'GET /provisions/dead-letters', 'GET /roles'],
      ...[`PUT /roles/x`, 'GET /roles/x', `POST /provisions/${id}/cancel`, `POST /provisions/${id}/retry`],
      ...[`POST /provisions/${id}/redrive`, `POST /provisions/${id}/discard`],
    ];
    const bodies: Record<string, object> = {
      'POST /provisions': userOf('alice'),
      'POST /provision': { userId: 'alice', roles: [] },
      'POST /provision/revoke': {
        ...{ userId: 'alice', applicationId: 'minio' },
        entitlementsToRevoke: [{ type: 'group', id: 'Nowhere' }],
      },
    };
    const asked = async (token: string) => {
      const statuses: number[] = [];
      for (const request of requests) {
        const [method = '', path = ''] = request.split(' ');
        const body = bodies[request] ?? (method === 'GET' ? undefined : { reason: 'x' });
        statuses.push((await stack.service.request(method, path, { token, body })).status);
      }
      return statuses;
    };
    expect(await asked(stack.person('alice').token)).toEqual(requests.map(() => 403));
    expect(await asked(tokens.hub)).toEqual(requests.map(() => 403));
    expect(await asked(tokens.provisioner)).toEqual([403, 202, 403, 403, 404, ...Array(9).fill(403)]);
  });
});

function userOf(name: string): object {
  return { kind: 'user', input: { user_name: name } };
}
