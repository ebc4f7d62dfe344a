import { createHash, randomBytes } from 'node:crypto';
import { problemOf } from '../../support/service/problems.js';
import { outcome } from '../../support/access/s3.js';
import {
  ADMIN_ROLE,
  BUCKET,
  type Caller,
  homeOf,
  type Stack,
  START_MS,
  startStack,
} from '../../support/service/stack.js';

const secretOf = () => `svc_${randomBytes(20).toString('hex')}`;
const tokens = { hub: secretOf(), worker: secretOf(), console: secretOf(), all: secretOf() };
const scopes: Record<keyof typeof tokens, string[]> = {
  hub: ['credentials'],
  worker: ['provision'],
  console: ['admin'],
  all: ['credentials', 'provision'],
};
const SERVICE_TOKENS = JSON.stringify(
  Object.entries(tokens).map(([name, token]) => ({
    name,
    sha256: createHash('sha256').update(token).digest('hex'),
    scopes: scopes[name as keyof typeof tokens],
  })),
);

type Call = [string, (caller: Caller, user: string) => ReturnType<Caller['get']>];

/** All that the scope `credentials` is for. */
const GRANTED: Call[] = [
  ['pair', (caller, user) => caller.post(`/users/${user}`)],
  ['present pair', (caller, user) => caller.post(`/users/${user}`, { rotate: false })],
  ['user', (caller, user) => caller.get(`/users/${user}`)],
  ['session', (caller, user) => caller.post(`/users/${user}/sessions`)],
  ['new access key', (caller, user) => caller.post(`/users/${user}/access-keys`, { name: 'k' })],
  ['access keys', (caller, user) => caller.get(`/users/${user}/access-keys`)],
];
const NOT_GRANTED: Call[] = [
  ['end sessions', (caller, user) => caller.delete(`/users/${user}/sessions`)],
  ['end a key', (caller, user) => caller.delete(`/users/${user}/access-keys/ABCDEFGHIJ0123456789`)],
  ['list users', (caller) => caller.get('/admin/users')],
  ['disable', (caller, user) => caller.post(`/admin/users/${user}/disable`)],
  ['enable', (caller, user) => caller.post(`/admin/users/${user}/enable`)],
  ['remove', (caller, user) => caller.delete(`/admin/users/${user}`)],
  ['adopt', (caller, user) => caller.post('/admin/adopt', { users: [user] })],
  ['audit', (caller) => caller.get('/admin/audit')],
  ['doctor', (caller) => caller.get('/admin/doctor')],
];

describe('service tokens', () => {
  let stack: Stack;
  const service = (name: keyof typeof tokens) => stack.caller(tokens[name]);

  beforeAll(async () => {
    stack = await startStack({ env: { SERVICE_TOKENS } });
    await stack.person('alice').post('/users/alice');
  }, START_MS);
  afterAll(() => stack?.stop());

  it('with the scope credentials act for any user, also for a new one, without the auth service', async () => {
    const asked = stack.kbase.count();
    const made = await service('hub').post('/users/newcomer');
    expect([made.status, made.body.created]).toEqual([201, true]);
    expect(await stack.s3(made.body).list(BUCKET, homeOf('newcomer'))).toEqual([homeOf('newcomer')]);
    for (const [what, call] of GRANTED) {
      expect([what, Math.floor((await call(service('hub'), 'alice')).status / 100)]).toEqual([what, 2]);
    }
    const session = (await service('all').post('/users/alice/sessions')).body;
    expect(await outcome(() => stack.s3(session).list(BUCKET, homeOf('alice')))).toBe('ok');
    expect(stack.kbase.count()).toBe(asked);
  });

  it('with the scope credentials reach nothing else', async () => {
    const before = await stack.state();
    for (const name of ['hub', 'all'] as const) {
      for (const [what, call] of NOT_GRANTED) {
        expect(problemOf(await call(service(name), 'alice'), what)).toEqual([403, 'forbidden']);
      }
    }
    expect(await stack.state()).toEqual(before);
  });

  it('without that scope reach nothing of it', async () => {
    const before = await stack.state();
    for (const [what, call] of GRANTED) {
      expect(problemOf(await call(service('worker'), 'alice'), what)).toEqual([403, 'insufficient_scope']);
    }
    for (const [what, call] of NOT_GRANTED) {
      expect(problemOf(await call(service('worker'), 'alice'), what)).toEqual([403, 'forbidden']);
    }
    expect(await stack.state()).toEqual(before);
  });

  it('with the scope admin administer', async () => {
    for (const [what, call] of [...GRANTED, ...NOT_GRANTED]) {
      const { status } = await call(service('console'), 'administered');
      expect([what, Math.floor(status / 100)]).toEqual([what, 2]);
    }
  });

  it.each(Object.keys(tokens))('have no credentials of their own: %s', async (name) => {
    const answer = await service(name as keyof typeof tokens).get('/credentials/aws');
    expect(problemOf(answer)).toEqual([403, 'not_a_person']);
  });

  it('are 401 when unknown, and never shown to the auth service', async () => {
    const asked = stack.kbase.count();
    for (const token of [
      'svc_',
      'svc_unknown',
      `${tokens.hub}x`,
      tokens.hub.slice(0, -1),
      tokens.hub.toUpperCase(),
    ]) {
      const answer = await stack.caller(token).post('/users/alice', { rotate: false });
      if (token.startsWith('svc_')) expect(problemOf(answer, token)).toEqual([401, 'unauthenticated']);
      expect([token, answer.status]).toEqual([token, 401]);
    }
    expect(stack.kbase.hits.slice(asked).filter((hit) => hit.token?.startsWith('svc_'))).toEqual([]);
  });

  it('never act for a user who is known to hold an admin role, until that is over', async () => {
    const root = stack.person('chief', [ADMIN_ROLE]);
    expect((await service('hub').post('/users/chief')).status).toBe(201);
    await root.get('/users/chief');
    const expectRefused = async () => {
      for (const [what, call] of GRANTED) {
        expect(problemOf(await call(service('hub'), 'chief'), what)).toEqual([403, 'admin_target']);
      }
    };
    const before = await stack.state();
    await expectRefused();
    expect(await stack.state()).toEqual(before);
    await stack.restart();
    await expectRefused();
    stack.kbase.setToken('CHIEFSTOKENAFTERTHEROLEWASTAKEN0', { user: 'chief' });
    expect((await stack.caller('CHIEFSTOKENAFTERTHEROLEWASTAKEN0').get('/users/chief')).status).toBe(200);
    expect((await service('hub').post('/users/chief/sessions')).status).toBe(201);
  });
});
