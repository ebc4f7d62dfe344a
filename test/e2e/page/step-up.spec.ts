import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/node.mjs';
import { operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { PageBrowser } from '../../support/page/page-browser.js';
import { problemOf } from '../../support/service/problems.js';
import { ADMIN_ROLE, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const UUID = '0b6a3f4e-6d0c-4d5e-9a53-0d2b8f4f8c11';
const GUARDED = operationsOf(
  JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')) as object,
).filter(({ operation }) => operation.security?.length > 0);
/** What answers a secret. */
const SECRETS = [
  ...['POST /users/{user}', 'POST /users/{user}/sessions', 'POST /users/{user}/access-keys'],
  ...['GET /credentials/aws', 'POST /provisions/{id}/claim', 'POST /data-products/{product}/claim'],
  'POST /data-products/{product}/database-login',
];
const AGAIN = [403, 'login_required_again'];

describe('a session of the page whose login is long ago', () => {
  let stack: Stack;
  const callers: Record<'chief' | 'alice', PageBrowser> = {} as Record<'chief' | 'alice', PageBrowser>;
  const loggedInMinutesAgo = (minutes: number) =>
    runSql(stack.env, [
      `update page_session set logged_in_at = clock_timestamp() - interval '${minutes} minutes'`,
    ]);
  const send = (name: 'chief' | 'alice', operation: string, user: string) => {
    const [method = '', template = ''] = operation.split(' ');
    const path = template
      .replace('{user}', user)
      .replace('{group}', 'team')
      .replace('{role}', 'analyst')
      .replace('{access_key}', 'ABCDEFGHIJ0123456789')
      .replace(/\{\w+\}/g, UUID);
    return callers[name].request(method, path, method === 'GET' ? {} : { body: {} });
  };

  beforeAll(async () => {
    stack = await startStack({ embedded: false, env: { ...NO_LIMITS, SWEEP_INTERVAL_SECONDS: '0' } });
    for (const [name, roles] of [
      ['chief', [ADMIN_ROLE]],
      ['alice', []],
    ] as const) {
      callers[name] = new PageBrowser(() => stack.service);
      expect((await callers[name].login(stack.person(name, [...roles]).token)).status).toBe(200);
      expect((await callers[name].post(`/users/${name}`)).status).toBe(201);
    }
    await stack.admin.post('/users/victim');
    await stack.admin.post('/groups/team', { owners: ['alice', 'chief'] });
  }, START_MS);
  afterAll(() => stack?.stop());

  it('gives no secret and changes nothing as an administrator, by no operation', async () => {
    await loggedInMinutesAgo(16);
    const before = await stack.state();
    expect(GUARDED.length).toBeGreaterThan(100);
    for (const { name, operation } of GUARDED) {
      const callersOf = operation['x-allowed-callers'] as string[];
      const isAsked =
        SECRETS.includes(name) || (!name.startsWith('GET ') && callersOf.some((each) => each === 'admin'));
      const answer = await send('chief', name, 'victim');
      const isRefused = answer.status === 403 && answer.body.code === 'login_required_again';
      expect([name, isRefused]).toEqual([name, isAsked]);
      if (isRefused) expect(problemOf(answer, name)).toEqual(AGAIN);
    }
    expect(await stack.state()).toEqual(before);
  });

  it('gives people no secret, and everything else that they may', async () => {
    await loggedInMinutesAgo(16);
    for (const { name } of GUARDED) {
      const answer = await send('alice', name, 'alice');
      const isRefused = answer.status === 403 && answer.body.code === 'login_required_again';
      expect([name, isRefused]).toEqual([name, SECRETS.includes(name)]);
    }
    const path = 's3a://cdm-lake/users-warehouse/alice/reports/';
    expect((await callers.alice.post('/users/alice/share', { path, with_users: ['victim'] })).status).toBe(
      200,
    );
  });

  it('is as good as new after another login, and was so for 15 minutes', async () => {
    await loggedInMinutesAgo(14);
    expect((await callers.alice.post('/users/alice/sessions')).status).toBe(201);
    await loggedInMinutesAgo(16);
    const answer = await callers.alice.post('/users/alice/sessions');
    expect(problemOf(answer)).toEqual(AGAIN);
    expect(answer.body.detail).toContain('Log in again');
    await callers.alice.login(stack.person('alice').token);
    expect((await callers.alice.post('/users/alice/sessions')).status).toBe(201);
    // a token never asks for it
    expect((await stack.person('alice').post('/users/alice/sessions')).status).toBe(201);
  });
});
