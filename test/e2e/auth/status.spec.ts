import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOf } from '../../../scripts/openapi-completeness.mjs';
import { ROOT } from '../../../scripts/node.mjs';
import { HubStub } from '../../support/auth/hub-stub.js';
import { AUDIENCE, Issuer } from '../../support/auth/issuer.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { runSql } from '../../support/database/sql.js';
import { ADMIN_ROLE, type Caller, type Stack, START_MS, startStack } from '../../support/service/stack.js';

const ROLES = { realm_access: { roles: ['lake-admin'] } };
/** Whoever is told so in the document needs a token. */
const GUARDED = operationsOf(
  JSON.parse(readFileSync(join(ROOT, 'openapi', 'openapi.json'), 'utf8')) as object,
).filter(({ operation }) => operation.security?.length > 0);
const UUID = '0b6a3f4e-6d0c-4d5e-9a53-0d2b8f4f8c11';
const HOLDERS = ['chief', 'karl', 'oidc_root', 'oidc_olga', 'hubert'] as const;
const STATES = [
  ['disabled', [403, 'user_disabled']],
  ['removing', [409, 'user_being_removed']],
] as const;

(hasPostgres() ? describe : describe.skip)('who is disabled or being removed', () => {
  let stack: Stack;
  let hub: HubStub;
  let issuer: Issuer;
  let callers: Record<(typeof HOLDERS)[number], Caller>;

  const sql = (statement: string) => runSql(stack.env, [statement]);
  const setStatus = (status: string) =>
    sql(`update subject set status = '${status}', due_at = null
      where kind = 'user' and name in (${HOLDERS.map((name) => `'${name}'`).join(', ')})`);

  beforeAll(async () => {
    [hub, issuer] = await Promise.all([HubStub.start(), Issuer.start()]);
    stack = await startStack({
      embedded: false,
      env: {
        ...NO_LIMITS,
        SWEEP_INTERVAL_SECONDS: '0',
        JUPYTERHUB_API_URL: hub.url,
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'oidc_',
        OIDC_ROLES_CLAIM: 'realm_access.roles',
        OIDC_ADMIN_ROLES: 'lake-admin',
      },
    });
    hub.set('hubertstoken', { name: 'hubert' });
    callers = {
      chief: stack.person('chief', [ADMIN_ROLE]),
      karl: stack.person('karl'),
      oidc_root: stack.caller(await issuer.token({ preferred_username: 'root', ...ROLES })),
      oidc_olga: stack.caller(await issuer.token({ preferred_username: 'olga' })),
      hubert: stack.caller('hubertstoken'),
    };
    for (const name of HOLDERS) expect((await callers[name].post(`/users/${name}`)).status).toBe(201);
    expect((await stack.admin.post('/users/victim')).status).toBe(201);
    expect((await stack.admin.post('/groups/team', { owners: [...HOLDERS] })).status).toBe(201);
  }, START_MS);
  afterAll(async () => {
    await Promise.all([stack?.stop(), hub?.stop(), issuer?.stop()]);
  });

  it.each(STATES.flatMap(([state, problem]) => HOLDERS.map((holder) => ({ state, problem, holder }))))(
    'does nothing, by no operation: $state, $holder',
    async ({ state, problem, holder }) => {
      await setStatus(state);
      const before = await stack.state();
      for (const { name, operation } of GUARDED)
        for (const user of [holder, 'victim']) {
          const [method = '', template = ''] = name.split(' ');
          const path = template
            .replace('{user}', user)
            .replace('{group}', 'team')
            .replace('{role}', 'analyst')
            .replace('{access_key}', 'ABCDEFGHIJ0123456789')
            .replace(/\{\w+\}/g, UUID);
          const body = operation.requestBody ? { body: {} } : {};
          const answer = await stack.service.request(method, path, {
            token: callers[holder].token,
            ...body,
          });
          expect([name, user, ...problemOf(answer, name)]).toEqual([name, user, ...problem]);
        }
      expect(await stack.state()).toEqual(before);
      await setStatus('active');
      expect((await callers[holder].get('/me')).status).toBe(200);
    },
  );

  it('counts from the next request on, and not for what others do about them', async () => {
    const chief = callers.chief;
    expect((await chief.get('/admin/users')).status).toBe(200);
    expect((await stack.admin.post('/admin/users/chief/disable')).status).toBe(200);
    expect(problemOf(await chief.get('/admin/users'))).toEqual([403, 'user_disabled']);
    expect(problemOf(await chief.post('/admin/users/chief/enable'))).toEqual([403, 'user_disabled']);
    expect((await stack.admin.post('/admin/users/chief/enable')).status).toBe(200);
    expect((await chief.get('/admin/users')).status).toBe(200);
  });

  it('is still nobody while the data of the former user are being deleted', async () => {
    await sql(`insert into data_deletion (subject_kind, subject_name, prefix, state, actor, actor_kind)
      values ('user', 'ghost', 'users-warehouse/ghost/', 'pending', 'admin', 'person')`);
    const ghost = stack.person('ghost', [ADMIN_ROLE]);
    expect(problemOf(await ghost.get('/admin/users'))).toEqual([409, 'user_being_removed']);
    expect(problemOf(await ghost.post('/users/ghost'))).toEqual([409, 'user_being_removed']);
    await sql(`delete from data_deletion where subject_name = 'ghost'`);
    expect((await ghost.get('/admin/users')).status).toBe(200);
  });
});
