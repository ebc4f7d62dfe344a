import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import {
  ADMIN_ROLE,
  BUCKET,
  type Caller,
  homeOf,
  type Stack,
  START_MS,
  startStack,
} from '../../support/service/stack.js';
import { waitFor } from '../../../scripts/child.mjs';

const tokens = { hub: secret(), worker: secret(), other: secret() };
const SCOPES = { hub: 'credentials', worker: 'provision', other: 'provision' };
const SERVICE_TOKENS = JSON.stringify(
  Object.entries(tokens).map(([name, token]) => ({
    name,
    sha256: createHash('sha256').update(token).digest('hex'),
    scopes: [SCOPES[name as keyof typeof tokens]],
  })),
);
/** What each scope is for, and what every token may ask; everything else is an administrator's. */
const REACHED: Record<string, string[]> = {
  hub: ['', '/sessions', '/access-keys'].flatMap((end) => [
    `GET /users/{user}${end}`,
    `POST /users/{user}${end}`,
  ]),
  worker: [
    ...['POST /provision', 'POST /provision/revoke', 'GET /provision/{taskId}'],
    ...['POST /plans', 'GET /plans', 'GET /plans/{id}', 'POST /plans/{id}/undo', 'POST /plans/{id}/cancel'],
  ],
};
const ANYBODY = [
  'GET /me',
  'GET /api/step-types',
  'GET /api/receipts/keys',
  'GET /api/golden-paths',
  'GET /api/golden-paths/{name}',
  'POST /api/providers/validate',
];
const GUARDED = operationsOf(
  JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')) as object,
)
  .filter(({ operation }) => operation.security?.length > 0)
  .map(({ name }) => name);
const UUID = '0b6a3f4e-6d0c-4d5e-9a53-0d2b8f4f8c11';
const REFERENCE = `s3a://${BUCKET}/reference/`;
const HOMES = `s3a://${BUCKET}/users-warehouse/`;

describe('the scopes of service tokens', () => {
  let stack: Stack;
  const service = (name: keyof typeof tokens) => stack.caller(tokens[name]);
  const everything = async () => [await stack.state(), (await stack.admin.get('/provisions?limit=500')).body];
  const revoke = (userId: string | null, type: string, id: string, more: object = {}) => ({
    userId,
    applicationId: 'minio',
    entitlementsToRevoke: [{ type, id }],
    ...more,
  });

  beforeAll(async () => {
    stack = await startStack({ env: { ...NO_LIMITS, SERVICE_TOKENS, SWEEP_INTERVAL_SECONDS: '0' } });
    await stack.admin.post('/users/admin');
    for (const name of ['alice', 'bob']) await stack.person(name).post(`/users/${name}`);
    await stack.person('chief', [ADMIN_ROLE]).post('/users/chief');
    for (const group of ['Team', 'Secret'])
      await stack.admin.post(`/groups/${group}`, { members: ['alice', 'chief'] });
    const entitlements = [
      { type: 'group', group: 'Team' },
      { type: 'path', path: REFERENCE, permission: 'read' },
    ];
    expect((await stack.admin.put('/roles/analyst', { entitlements })).status).toBe(201);
  }, START_MS);
  afterAll(() => stack?.stop());

  it.each(['hub', 'worker'] as const)('reach nothing but what they are for: %s', async (name) => {
    const before = await everything();
    for (const operation of GUARDED) {
      if (REACHED[name]?.includes(operation) || ANYBODY.includes(operation)) continue;
      const [method = '', template = ''] = operation.split(' ');
      const path = template
        .replace('{user}', 'alice')
        .replace('{group}', 'Team')
        .replace('{role}', 'analyst')
        .replace('{access_key}', 'ABCDEFGHIJ0123456789')
        .replace(/\{\w+\}/g, UUID);
      const answer = await stack.service.request(method, path, {
        token: tokens[name],
        ...(method === 'GET' ? {} : { body: {} }),
      });
      expect([operation, answer.status]).toEqual([operation, 403]);
      problemOf(answer, operation);
    }
    expect(await everything()).toEqual(before);
  });

  it('with provision, a kind of provision is no way around', async () => {
    const before = await everything();
    for (const [kind, input] of [
      ['group', { group_name: 'Mine', members: ['alice'], grants: [{ path: HOMES, permission: 'write' }] }],
      ['access.revoke', revoke(null, 'user', 'chief', { appSpecificUserId: 'chief' })],
      ['share', { user_name: 'bob', path: `s3a://${BUCKET}/${homeOf('bob')}`, with_users: ['alice'] }],
      ['access_key', { user_name: 'bob', name: 'k' }],
    ] as const)
      for (const query of ['', '?dry_run=true']) {
        const items = [{ kind, input }];
        expect(problemOf(await service('worker').post(`/provisions${query}`, { kind, input }))[0]).toBe(403);
        expect(problemOf(await service('worker').post(`/plans${query}`, { items }))[0]).toBe(403);
      }
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['a grant to an administrator', '', { userId: 'chief', roles: ['analyst'] }, 'admin_target'],
    ['an administrator without roles', '', { userId: 'chief', roles: [] }, 'admin_target'],
    ['a group of an administrator', '/revoke', revoke('chief', 'group', 'Team'), 'admin_target'],
    ['an administrator', '/revoke', revoke('chief', 'user', 'chief'), 'admin_target'],
    [
      'an administrator, by the name in MinIO',
      '/revoke',
      revoke(null, 'user', 'chief', { appSpecificUserId: 'chief' }),
      'insufficient_scope',
    ],
    ['a user', '/revoke', revoke('alice', 'user', 'alice'), 'insufficient_scope'],
    [
      'a user of MinIO',
      '/revoke',
      revoke(null, 'user', 'alice', { appSpecificUserId: 'alice' }),
      'insufficient_scope',
    ],
    ['an access key', '/revoke', revoke('alice', 'access_key', 'ABCDEFGHIJ0123456789'), 'insufficient_scope'],
    ['a group that no role gives', '/revoke', revoke('alice', 'group', 'Secret'), 'insufficient_scope'],
    [
      'a path that no role gives',
      '/revoke',
      revoke('alice', 'path', `s3a://${BUCKET}/${homeOf('bob')}x/`),
      'insufficient_scope',
    ],
    ['all homes', '/revoke', revoke('alice', 'path', HOMES), 'insufficient_scope'],
  ])('with provision, are refused %s, and nothing changes', async (_, end, body, code) => {
    const before = await everything();
    for (const query of ['', '?dry_run=true'])
      expect(problemOf(await service('worker').post(`/provision${end}${query}`, body))).toEqual([403, code]);
    expect(await everything()).toEqual(before);
  });

  it('with provision, give and take what roles give, and see their own tasks only', async () => {
    const ended = async (caller: Caller, taskId: string) => {
      await waitFor(
        'the task',
        async () => (await caller.get(`/provision/${taskId}`)).body.status === 'completed',
      );
      return (await caller.get(`/provision/${taskId}`)).body.operations;
    };
    const worker = service('worker');
    const given = await worker.post('/provision', { userId: 'bob', roles: ['analyst'] });
    expect(given.status).toBe(202);
    expect(await ended(worker, given.body.taskId)).toHaveLength(2);
    for (const [type, id] of [
      ['group', 'Team'],
      ['path', REFERENCE.slice(0, -1)],
    ] as const) {
      const taken = await worker.post('/provision/revoke', revoke('bob', type, id));
      expect(taken.status).toBe(202);
      expect(await ended(worker, taken.body.taskId)).toMatchObject([{ status: 'done' }]);
    }
    const { taskId } = (await stack.admin.post('/provision', { userId: 'bob', roles: [] })).body;
    // a person who is called like the token
    const namesake = stack.person('worker', [ADMIN_ROLE]);
    const theirs = (await namesake.post('/provision', { userId: 'bob', roles: [] })).body.taskId;
    for (const id of [taskId, theirs])
      expect(problemOf(await worker.get(`/provision/${id}`))).toEqual([404, 'not_found']);
    expect(problemOf(await service('other').get(`/provision/${given.body.taskId}`))).toEqual([
      404,
      'not_found',
    ]);
    expect((await stack.admin.get(`/provision/${given.body.taskId}`)).status).toBe(200);
  });
});

function secret(): string {
  return `svc_${randomBytes(20).toString('hex')}`;
}
