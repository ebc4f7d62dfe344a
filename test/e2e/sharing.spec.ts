import { outcome } from '../support/s3.js';
import { BUCKET, homeOf, type Stack, START_MS, startStack } from '../support/stack.js';

const REPORTS = `${homeOf('alice')}reports/`;
const path = (key: string) => `s3a://${BUCKET}/${key}`;

describe('sharing', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { RATE_LIMIT_WRITES: '0', RATE_LIMIT_CREDENTIALS: '0' } });
    for (const name of ['alice', 'bob', 'carol']) await stack.person(name).post(`/users/${name}`);
    await stack.rootS3.put(BUCKET, `${REPORTS}q1.csv`, 'numbers');
  }, START_MS);
  afterAll(() => stack?.stop());

  const session = async (name: string) =>
    stack.s3((await stack.person(name).post(`/users/${name}/sessions`)).body);
  const share = (body: object, query = '') => stack.person('alice').post(`/users/alice/share${query}`, body);
  const unshare = (body: object) => stack.person('alice').post('/users/alice/unshare', body);

  it('gives a user access at once, with a session from before, and takes it away', async () => {
    const bob = await session('bob');
    const read = () => outcome(() => bob.get(BUCKET, `${REPORTS}q1.csv`));
    expect(await read()).toBe('AccessDenied');
    const answer = await share({ path: path(REPORTS), with_users: ['bob'] });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        path: path(REPORTS),
        permission: 'read',
        enforced: true,
        results: [{ kind: 'user', name: 'bob', status: 'granted' }],
      },
    ]);
    expect(await read()).toBe('ok');
    const gone = await unshare({ path: path(REPORTS) });
    expect([gone.status, gone.body.results]).toEqual([
      200,
      [{ kind: 'user', name: 'bob', status: 'revoked' }],
    ]);
    expect(await read()).toBe('AccessDenied');
  });
});
