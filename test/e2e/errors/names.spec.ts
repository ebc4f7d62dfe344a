import { problemOf, rawRequest } from '../../support/service/problems.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const ACCESS_KEY = 'ABCDEFGHIJ0123456789';
/** `_` stands for the name. */
const OPERATIONS: [string, string][] = [
  ['GET', '/users/_'],
  ['POST', '/users/_'],
  ['POST', '/users/_/sessions'],
  ['DELETE', '/users/_/sessions'],
  ['POST', '/users/_/access-keys'],
  ['GET', '/users/_/access-keys'],
  ['DELETE', `/users/_/access-keys/${ACCESS_KEY}`],
  ['DELETE', '/admin/users/_'],
  ['POST', '/admin/users/_/disable'],
  ['POST', '/admin/users/_/enable'],
];
const body = JSON.stringify({ name: 'k' });

/** As they stand in the path; the status that the grammar wants, where it does not depend on how the path is read. */
const HOSTILE: [string, string, number | undefined][] = [
  ['upper case', 'Alice', 422],
  ['a space', 'ali%20ce', 422],
  ['a dot in front', '.alice', 422],
  ['a dot at the end', 'alice.', 422],
  ['two dots', 'ali..ce', 422],
  ['a hyphen in front', '-alice', 422],
  ['an underscore in front', '_u_ab', 422],
  ['101 characters', 'a'.repeat(101), 422],
  ['8 KB', 'a'.repeat(8192), undefined],
  ['an encoded slash', 'alice%2Fbob', 422],
  ['an encoded slash, twice', 'alice%252Fbob', 422],
  ['an encoded backslash', 'alice%5Cbob', 422],
  ['one dot, encoded', '%2e', 422],
  ['two dots, encoded', '%2e%2e', 422],
  ['two dots', '..', undefined],
  ['a way up', '%2e%2e%2fadmin', 422],
  ['a real way up', '../admin', undefined],
  ['a NUL', 'alice%00', 422],
  ['a line feed', 'alice%0Ax', 422],
  ['a wildcard', 'a*', 422],
  ['a policy variable', '$%7Baws:username%7D', 422],
  ['a question mark', 'alic%3F', 422],
  ['a letter that looks alike', '%D0%B0lice', 422],
  ['a full-width letter', '%EF%BD%81lice', 422],
  ['a combining accent', 'alice%CC%81', 422],
  ['an emoji', '%F0%9F%92%A9', 422],
  ['half a character', '%ff%fe', 400],
  ['half an escape', 'alice%', 400],
  ['no name', '', undefined],
  ['a colon', 'mgr:user:alice:0', 422],
  ['a comma', 'alice,bob', 422],
  ['an equals sign', 'alice=bob', 422],
  ['markup', '%3Cscript%3E', 422],
  ['__proto__', '__proto__', 422],
  ['a quote', "alice'--", 422],
];

describe('hostile requests', () => {
  let stack: Stack;
  let before: unknown;

  beforeAll(async () => {
    stack = await startStack();
    await stack.person('alice').post('/users/alice');
    before = await stack.state();
  }, START_MS);
  afterAll(() => stack?.stop());

  it.each(HOSTILE)('a name with %s is refused everywhere: %s', async (_, name, status) => {
    for (const [method, path] of OPERATIONS) {
      // a DELETE of '' or '..' could be read as that of a collection: whatever it is, it must not be done
      const answer = await rawRequest(stack.service, stack.admin.token, {
        method,
        path: path.replace('_', () => name),
        ...(method === 'POST' ? { body, headers: { 'content-type': 'application/json' } } : {}),
      });
      const [got] = problemOf(answer, `${method} ${path}`);
      expect([method, path, got]).toEqual([method, path, status ?? expect.any(Number)]);
      expect(JSON.stringify(answer.body).length).toBeLessThan(1500);
    }
  });

  it.each([
    ['an unknown path', 'GET', '/nothing', 404],
    ['the root', 'GET', '/', 405],
    ['a path of another case', 'GET', '/Users/alice', 404],
    ['a path below an operation', 'GET', '/users/alice/sessions/all', 404],
    ['a method that the path has not', 'PUT', '/users/alice', 405],
    ['PATCH', 'PATCH', '/users/alice', 405],
    ['a trailing slash', 'POST', '/users/alice/', 404],
    ['two slashes', 'GET', '//users/alice', 404],
    ['a token in the query', 'GET', '/users/alice?token=x', 401],
  ])('%s is a problem, too', async (_, method, path, status) => {
    const token = status === 401 ? undefined : stack.person('alice').token;
    const answer = await rawRequest(stack.service, token, { method, path });
    expect(problemOf(answer)[0]).toBe(status);
  });

  it.each([
    ['PUT', '/users/alice', 'GET, HEAD, POST'],
    ['DELETE', '/groups/KBase/members', 'POST'],
    ['POST', '/livez', 'GET, HEAD'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
    ['TRACE', '/access/check', 'GET, HEAD'],
  ])(
    '%s of %s is answered with the methods that are allowed there, whoever asks',
    async (method, path, allow) => {
      const body = method === 'PUT' ? 'not read' : undefined;
      const answer = await rawRequest(stack.service, undefined, { method, path, body });
      expect([...problemOf(answer), answer.headers.allow]).toEqual([405, 'method_not_allowed', allow]);
    },
  );

  it('none of these changes anything', async () => {
    expect(await stack.state()).toEqual(before);
  });

  it.each(['constructor', 'tostring', 'null', 'undefined', '0', 'true', 'audit', 'users'])(
    'a name that means something elsewhere is just a name here: %s',
    async (name) => {
      expect((await stack.admin.get(`/users/${name}`)).body.code).toBe('not_found');
      expect((await stack.admin.post(`/users/${name}`)).status).toBe(201);
      expect((await stack.admin.delete(`/admin/users/${name}`)).status).toBe(204);
    },
  );

  it('an access key that is none ends nothing', async () => {
    const alice = stack.person('alice');
    const { body: pair } = await alice.post('/users/alice');
    const before = await stack.state();
    for (const key of ['alice', '%2e%2e', 'a%2Fb', '*', '%00', 'a'.repeat(4000), stack.minio.accessKey]) {
      const path = `/users/alice/access-keys/${key}`;
      const { status } = await rawRequest(stack.service, alice.token, { method: 'DELETE', path });
      expect([key, [204, 404, 422].includes(status)]).toEqual([key, true]);
    }
    expect(await stack.state()).toEqual(before);
    expect((await alice.post('/users/alice', { rotate: false })).body.secret_key).toBe(pair.secret_key);
  });

  it('a request id of the caller is kept when it is harmless, and replaced when not', async () => {
    const ask = (id: string) => stack.service.request('GET', '/nothing', { headers: { 'x-request-id': id } });
    expect((await ask('trace-0123456789')).body.request_id).toBe('trace-0123456789');
    for (const id of ['short', 'a'.repeat(65), '<script>alert(1)</script>', '{"a":1}', 'with space here']) {
      expect((await ask(id)).body.request_id).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('headers that are too long are refused, and the service goes on', async () => {
    const { status } = await rawRequest(stack.service, 'x'.repeat(40_000), { path: '/users/alice' });
    expect(status).toBe(431);
    expect((await stack.person('alice').get('/users/alice')).status).toBe(200);
  });
});
