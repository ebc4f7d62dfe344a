import { problemOf } from '../../support/service/problems.js';
import { makePeople, NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';

const MEMBER = { user_name: 'carol', role: 'member' };

describe('members under If-Match', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: NO_LIMITS });
    await makePeople(stack, ['alice', 'bob', 'carol']);
    await stack.admin.post('/groups/Tagged', { members: ['bob'], owners: ['alice'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  const read = () => stack.admin.get('/groups/Tagged');
  const ifMatch = (tag: string | undefined) => ({ headers: { 'if-match': tag ?? '' } });

  it.each([
    ['added', () => stack.admin.post('/groups/Tagged/members', MEMBER, ifMatch('"stale"'))],
    ['rehearsed', () => stack.admin.post('/groups/Tagged/members?dry_run=true', MEMBER, ifMatch('"stale"'))],
    ['taken out', () => stack.admin.delete('/groups/Tagged/members/bob', ifMatch('"stale"'))],
    [
      'taken out in rehearsal',
      () => stack.admin.delete('/groups/Tagged/members/bob?dry_run=true', ifMatch('"stale"')),
    ],
    [
      'taken out by an owner',
      () => stack.person('alice').delete('/groups/Tagged/members/bob', ifMatch('"x"')),
    ],
  ])('nobody is %s when the group has changed', async (_, ask) => {
    const before = await read();
    expect(problemOf(await ask())).toEqual([412, 'precondition_failed']);
    const { headers, body } = await read();
    expect([headers.etag, body]).toEqual([before.headers.etag, before.body]);
  });

  it('one is added and taken out when it has not, each answer with the tag for the next', async () => {
    const added = await stack.admin.post(
      '/groups/Tagged/members',
      MEMBER,
      ifMatch((await read()).headers.etag),
    );
    expect([added.status, added.headers.etag]).toEqual([200, (await read()).headers.etag]);
    const taken = await stack.admin.delete('/groups/Tagged/members/carol', ifMatch(added.headers.etag));
    expect([taken.status, taken.headers.etag]).toEqual([204, (await read()).headers.etag]);
    expect(taken.headers.etag).not.toBe(added.headers.etag);
    const absent = await stack.admin.delete('/groups/Tagged/members/carol', ifMatch(taken.headers.etag));
    expect([absent.status, absent.headers.etag]).toEqual([204, taken.headers.etag]);
    expect((await stack.admin.delete('/groups/Tagged/members/bob', ifMatch('*'))).status).toBe(204);
    expect((await stack.admin.post('/groups/Tagged/members', MEMBER)).status).toBe(200);
  });

  it('tells who may not change it nothing of its tag', async () => {
    const answer = await stack.person('carol').post('/groups/Tagged/members', MEMBER, ifMatch('"stale"'));
    expect(problemOf(answer)).toEqual([403, 'forbidden']);
    expect(
      problemOf(await stack.person('dave').delete('/groups/Tagged/members/bob', ifMatch('"x"')))[0],
    ).toBe(404);
  });
});
