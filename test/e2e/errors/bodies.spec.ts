import { problemOf, type RawRequest, rawRequest } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const JSON_TYPE: Record<string, string> = { 'content-type': 'application/json' };
const LIMIT = 64 * 1024;

describe('bodies', () => {
  let stack: Stack;
  let before: unknown;
  const send = (raw: Partial<RawRequest>, token = stack.person('alice').token) =>
    rawRequest(stack.service, token, { method: 'POST', path: '/users/alice', ...raw });
  const json = (path: string, text: string) => send({ path, body: text, headers: JSON_TYPE });

  beforeAll(async () => {
    stack = await startStack();
    await stack.person('alice').post('/users/alice');
    before = await stack.state();
  }, START_MS);
  afterAll(() => stack?.stop());

  const SESSIONS = '/users/alice/sessions';
  const KEYS = '/users/alice/access-keys';
  const ADOPT = '/admin/adopt';

  it.each<[string, string, string?]>([
    ['malformed JSON', '{"rotate": ', undefined],
    ['single quotes', "{'rotate': true}", undefined],
    ['a comment', '{} // no', undefined],
    ['two values', '{}{}', undefined],
    ['a lone word', 'rotate', undefined],
    ['NaN', '{"duration_seconds": NaN}', undefined],
    ['a NUL', '\u0000', undefined],
    ['an array', '[]', undefined],
    ['a text', '"rotate"', undefined],
    ['a number', '7', undefined],
    ['true', 'true', undefined],
    ['null', 'null', undefined],
    ['an unknown field', '{"colour": "red"}', 'colour'],
    ['an empty field name', '{"": 1}', undefined],
    ['__proto__', '{"__proto__": {"rotate": false}}', undefined],
    ['__proto__ deep inside', '{"rotate": {"a": [{"__proto__": {"x": 1}}]}}', undefined],
    ['__proto__ in disguise', '{"__pro\\u0074o__": {"rotate": false}}', undefined],
    ['constructor', '{"constructor": {"prototype": {"rotate": false}}}', 'constructor'],
    ['toString', '{"toString": "x"}', 'toString'],
    ['depth', '['.repeat(30_000) + ']'.repeat(30_000), undefined],
    ['depth in a field', `{"rotate": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`, undefined],
  ])('with %s are 400 everywhere', async (_, text, field) => {
    for (const path of ['/users/alice', SESSIONS, KEYS]) {
      const answer = await json(path, text);
      expect(problemOf(answer, path)[0]).toBe(400);
      if (field) expect(answer.body.errors.map((each: any) => each.field)).toContain(field);
      expect(JSON.stringify(answer.body).length).toBeLessThan(2000);
    }
    expect(problemOf(await send({ path: ADOPT, body: text, headers: JSON_TYPE }, stack.admin.token))[0]).toBe(
      400,
    );
  });

  it('without a say in the query: a change refuses parameters that it does not know', async () => {
    const changes: [string, string, string][] = [
      ['POST', '/users/alice', 'dry_run'],
      ['POST', '/users/alice/sessions', 'dry_run'],
      ['DELETE', '/users/alice/sessions', 'dry_run'],
      ['POST', '/admin/users/alice/disable', 'dryrun'],
      ['DELETE', '/admin/users/alice', 'dryRun'],
    ];
    for (const [method, path, parameter] of changes) {
      const answer = await send({ method, path: `${path}?${parameter}=true` }, stack.admin.token);
      expect([path, ...problemOf(answer, path)]).toEqual([path, 400, 'malformed_request']);
      expect(answer.body.errors[0].field).toBe(parameter);
    }
  });

  it.each([
    ['/users/alice', { rotate: 'no' }, 'rotate'],
    ['/users/alice', { rotate: 0 }, 'rotate'],
    ['/users/alice', { rotate: null }, 'rotate'],
    ['/users/alice', { rotate: {} }, 'rotate'],
    ['/users/alice', { revoke_sessions: 'true' }, 'revoke_sessions'],
    ['/users/alice', { revoke_access_keys: [true] }, 'revoke_access_keys'],
    ['/users/alice', { rotate: false, revoke_access_keys: null }, 'revoke_access_keys'],
    [SESSIONS, { duration_seconds: '900' }, 'duration_seconds'],
    [SESSIONS, { duration_seconds: null }, 'duration_seconds'],
    [SESSIONS, { duration_seconds: [900] }, 'duration_seconds'],
    [KEYS, { name: 'k', expires_in_seconds: null }, 'expires_in_seconds'],
    [KEYS, { name: 'k', expires_in_seconds: '960' }, 'expires_in_seconds'],
    [KEYS, { name: { $ne: '' } }, 'name'],
  ])('of the wrong type are 400: %s %j', async (path, body, field) => {
    const answer = await json(path, JSON.stringify(body));
    expect(problemOf(answer)).toEqual([400, 'malformed_request']);
    expect(answer.body.errors.map((each: any) => each.field)).toEqual([field]);
  });

  it.each([
    [SESSIONS, { duration_seconds: 899 }, 'duration_seconds'],
    [KEYS, { name: '1' }, 'name'],
    [KEYS, { name: 'k', expires_in_seconds: 1 }, 'expires_in_seconds'],
  ])('against a rule are 422 and say which: %s %j', async (path, body, field) => {
    const answer = await json(path, JSON.stringify(body));
    expect(problemOf(answer)).toEqual([422, 'unprocessable']);
    expect(answer.body.errors).toEqual([{ field, rule: expect.any(String) }]);
  });

  it.each([
    ['POST', '/groups/KBase', { description: 'a\0b' }, 'description'],
    ['POST', '/access-requests', { path: 's3a://cdm-lake/x', permission: 'read', reason: '\0' }, 'reason'],
    ['POST', '/admin/reconcile', { subjects: [{ kind: 'user', name: '\0' }] }, 'subjects.0.name'],
    ['GET', '/admin/users?q=%00', undefined, 'q'],
    ['GET', '/admin/audit?actor=a%00', undefined, 'actor'],
    ['GET', '/admin/audit?subject=%00a', undefined, 'subject'],
    ['GET', '/admin/audit?action=%00', undefined, 'action'],
    [
      'GET',
      '/access/check?user=bob&action=read&path=s3a://cdm-lake/x&with_group=%00',
      undefined,
      'with_group',
    ],
  ])('with a NUL in a text are 422, in a query, too: %s %s', async (method, path, body, field) => {
    const answer = await send(
      { method, path, ...(body && { body: JSON.stringify(body), headers: JSON_TYPE }) },
      stack.admin.token,
    );
    expect(problemOf(answer)).toEqual([422, 'unprocessable']);
    expect(answer.body.errors.map((each: any) => each.field)).toEqual([field]);
  });

  it('tell all that is wrong at once', async () => {
    const { body } = await json(KEYS, JSON.stringify({ name: '1', expires_in_seconds: 1 }));
    expect(body.errors.map((each: any) => each.field).sort()).toEqual(['expires_in_seconds', 'name']);
  });

  it('over 64 KiB are 413, with and without a length, and of 64 KiB are not', async () => {
    const text = (bytes: number) => `{"rotate": "${'x'.repeat(bytes - 14)}"}`;
    const half = 'x'.repeat(LIMIT / 2 + 1);
    expect(text(LIMIT).length).toBe(LIMIT);
    expect(problemOf(await json('/users/alice', text(LIMIT)))[0]).toBe(400);
    expect(problemOf(await json('/users/alice', text(LIMIT + 1)))).toEqual([413, 'payload_too_large']);
    const pieces = await send({ body: ['{"rotate": "', half, half, '"}'], headers: JSON_TYPE });
    expect(problemOf(pieces)).toEqual([413, 'payload_too_large']);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'json',
  ])('of another type than JSON are 415: %s', async (type) => {
    const answer = await send({ body: '{"rotate": false}', headers: { 'content-type': type } });
    expect(problemOf(answer)).toEqual([415, 'unsupported_media_type']);
  });

  it('without a type are 415', async () => {
    expect(problemOf(await send({ body: '{"rotate": false}' }))).toEqual([415, 'unsupported_media_type']);
  });

  it('change nothing when they are refused, each of them', async () => {
    expect(await stack.state()).toEqual(before);
  });

  it('that are empty or absent ask for the defaults, whatever is said of their type', async () => {
    const kinds: Record<string, string>[] = [
      {},
      JSON_TYPE,
      { ...JSON_TYPE, 'content-length': '0' },
      { 'content-length': '0' },
    ];
    for (const headers of kinds) {
      const { status, body } = await send({ headers });
      expect([headers, status, body.rotated]).toEqual([headers, 200, true]);
      expect((await send({ path: SESSIONS, headers })).status).toBe(201);
    }
    for (const type of ['application/json; charset=utf-8', 'Application/JSON']) {
      const { status } = await send({ body: '{"rotate": false}', headers: { 'content-type': type } });
      expect([type, status]).toEqual([type, 200]);
    }
  });

  it('leave nothing behind for the next request', async () => {
    await json(
      '/users/alice',
      '{"__proto__": {"rotate": false}, "constructor": {"prototype": {"rotate": false}}}',
    );
    const { body } = await json('/users/alice', '{}');
    expect(body.rotated).toBe(true);
    expect(({} as Record<string, unknown>).rotate).toBeUndefined();
  });
});
