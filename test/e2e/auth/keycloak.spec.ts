import { decodeJwt } from 'jose';
import { AUDIENCE } from '../../support/auth/issuer.js';
import { ADMIN_GROUP, CLIENT_ROLE, CLIENTS, DOTTED, NEAR } from '../../support/auth/keycloak-realm.js';
import { hasKeycloak, Keycloak, KEYCLOAK_MS } from '../../support/auth/keycloak.js';
import { problemOf } from '../../support/service/problems.js';
import { BUCKET, homeOf, type Stack, startStack } from '../../support/service/stack.js';

(hasKeycloak() ? describe : describe.skip)('people of a real Keycloak', () => {
  let keycloak: Keycloak;
  let stack: Stack;

  beforeAll(async () => {
    keycloak = await Keycloak.start();
    stack = await startStack({
      env: {
        OIDC_ISSUER: keycloak.issuer,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'kc-',
        OIDC_ROLES_CLAIM: 'groups',
        OIDC_ADMIN_ROLES: ADMIN_GROUP,
      },
    });
  }, KEYCLOAK_MS);
  afterAll(async () => {
    await stack?.stop();
    await keycloak?.stop();
  });

  const me = (token: string) => stack.caller(token).get('/me');
  /** The access token of a new login, and what is in it. */
  async function tokenOf(name: string, client: string = CLIENTS.own) {
    const { access_token: token } = await keycloak.login(name, client);
    return { token, claims: decodeJwt(token) };
  }

  it('log in and get credentials that S3 takes', async () => {
    const { token } = await tokenOf('alice');
    const alice = stack.caller(token);
    expect((await alice.get('/me')).body).toMatchObject({
      user_name: 'kc-alice',
      kind: 'person',
      admin: false,
      home_path: `s3a://${BUCKET}/${homeOf('kc-alice')}`,
    });
    for (const path of ['/users/kc-alice', '/users/kc-alice/sessions']) {
      const { status, body } = await alice.post(path);
      expect([path, status]).toEqual([path, 201]);
      const s3 = stack.s3(body);
      await s3.put(BUCKET, `${homeOf('kc-alice')}data`, path);
      expect(await s3.get(BUCKET, `${homeOf('kc-alice')}data`)).toBe(path);
      await expect(s3.put(BUCKET, `${homeOf('kc-adam')}data`, path)).rejects.toThrow();
    }
    expect((await alice.get('/admin/users')).status).toBe(403);
  });

  it.each([
    ['the group of the configuration', 'adam', [ADMIN_GROUP], true],
    ['a group whose name goes on', 'max', ['/lake/adminsx'], false],
    ['a group with a slash in its name', 'slash', ['/lake~/admins'], false],
    // Keycloak leaves out a claim that is empty
    ['no group', 'alice', undefined, false],
  ])('are administrators by the whole path of a group: %s', async (_, name, groups, admin) => {
    const { token, claims } = await tokenOf(name);
    expect(claims.groups).toEqual(groups);
    expect((await me(token)).body.admin).toBe(admin);
    expect((await stack.caller(token).get('/admin/users')).status).toBe(admin ? 200 : 403);
  });

  it('are no administrators by a word of a claim that is one text', async () => {
    const { token, claims } = await tokenOf('alice', CLIENTS.text);
    expect(claims.groups).toBe(`Print ${ADMIN_GROUP}`);
    expect((await me(token)).body).toMatchObject({ user_name: 'kc-alice', admin: false });
  });

  it('are let in with an audience among several, and not with others’ only', async () => {
    // somebody with the role of a client has that client among the audiences as well
    const ours = await tokenOf('rose', CLIENTS.several);
    expect(ours.claims.aud).toEqual(expect.arrayContaining([AUDIENCE, 'spark', DOTTED]));
    expect((await me(ours.token)).status).toBe(200);
    const theirs = await tokenOf('rose', CLIENTS.others);
    expect(theirs.claims.aud).toEqual(expect.arrayContaining(['spark', DOTTED]));
    expect(problemOf(await me(theirs.token))).toEqual([401, 'unauthenticated']);
  });

  it('are not let in with the ID token or the refresh token of their login', async () => {
    const login = await keycloak.login('adam', CLIENTS.own);
    expect(decodeJwt(login.id_token)).toMatchObject({ iss: keycloak.issuer, aud: AUDIENCE, typ: 'ID' });
    for (const token of [login.id_token, login.refresh_token])
      expect(problemOf(await me(token))).toEqual([401, 'unauthenticated']);
    expect((await me(login.access_token)).status).toBe(200);
  });

  it('go on with a token that was refreshed', async () => {
    const first = await keycloak.login('alice', CLIENTS.own);
    const { access_token: next } = await keycloak.refresh(first.refresh_token, CLIENTS.own);
    expect(next).not.toBe(first.access_token);
    expect((await me(next)).body.user_name).toBe('kc-alice');
  });

  it('keep their token for its life when Keycloak disables them, and get no other', async () => {
    const { access_token: token, refresh_token: refresh } = await keycloak.login('dora', CLIENTS.own);
    await keycloak.disable('dora');
    await expect(keycloak.refresh(refresh, CLIENTS.own)).rejects.toThrow('Keycloak refused: 400');
    await expect(keycloak.login('dora', CLIENTS.own)).rejects.toThrow('Keycloak refused: 400');
    expect((await me(token)).status).toBe(200);
    // who must be out at once is disabled here
    const adam = stack.caller((await tokenOf('adam')).token);
    expect((await stack.caller(token).post('/users/kc-dora')).status).toBe(201);
    expect((await adam.post('/admin/users/kc-dora/disable')).status).toBe(200);
    expect(problemOf(await me(token))).toEqual([403, 'user_disabled']);
  });

  it('are administrators by the role of a client whose name has dots', async () => {
    await stack.restart({
      OIDC_ROLES_CLAIM: `resource_access.${DOTTED}.roles`,
      OIDC_ADMIN_ROLES: CLIENT_ROLE,
    });
    const rose = await tokenOf('rose');
    expect(rose.claims.resource_access).toMatchObject({ [DOTTED]: { roles: [CLIENT_ROLE] } });
    expect((await me(rose.token)).body.admin).toBe(true);
    // the same role of clients whose names that one begins with
    const ned = await tokenOf('ned');
    expect(Object.keys(ned.claims.resource_access as object)).toEqual(expect.arrayContaining(NEAR));
    expect((await me(ned.token)).body.admin).toBe(false);
    // the group counts no longer
    expect((await me((await tokenOf('adam')).token)).body.admin).toBe(false);
  });

  describe('are members here', () => {
    const groupsOf = async (name: string): Promise<string[]> => {
      const { token } = await tokenOf(name);
      expect((await me(token)).status).toBe(200);
      const { body } = await stack.admin.get(`/users/kc-${name}`);
      return body.groups.map(({ group_name, role }: any) => `${group_name} ${role}`);
    };
    beforeAll(async () => {
      for (const name of ['Lake', 'Sea']) await stack.admin.post(`/groups/${name}`, {});
    });

    it('of the groups on their path, nested ones too, as the next login says', async () => {
      await stack.restart({
        GROUPS_FROM: 'oidc:groups',
        GROUPS_FROM_MAP: '/teams/{group}={group},/teams/{group}/admins={group}:owner',
      });
      expect(await groupsOf('gus')).toEqual(['Lake owner']);
      expect(await groupsOf('max')).toEqual([]);
      await keycloak.setMember('gus', '/teams/Sea', true);
      expect(await groupsOf('gus')).toEqual(['Lake owner', 'Sea member']);
      await keycloak.setMember('gus', '/teams/Lake/admins', false);
      await keycloak.setMember('gus', '/teams/Lake', true);
      expect(await groupsOf('gus')).toEqual(['Lake member', 'Sea member']);
      await keycloak.setMember('gus', '/teams/Lake', false);
      expect(await groupsOf('gus')).toEqual(['Sea member']);
    });

    it('no more after the second login without groups, for which Keycloak leaves the claim out', async () => {
      await keycloak.setMember('gus', '/teams/Sea', false);
      expect((await tokenOf('gus')).claims.groups).toBeUndefined();
      expect(await groupsOf('gus')).toEqual(['Sea member']);
      // the token of a client without the claim says nothing
      const { token } = await tokenOf('gus', CLIENTS.bare);
      expect((await me(token)).status).toBe(200);
      expect(await groupsOf('gus')).toEqual([]);
    });

    it('by the role of a client whose name has dots', async () => {
      await stack.restart({
        GROUPS_FROM: `oidc:resource_access.${DOTTED}.roles`,
        GROUPS_FROM_MAP: `${CLIENT_ROLE}=Lake:owner`,
      });
      expect(await groupsOf('rose')).toEqual(['Lake owner']);
      expect(await groupsOf('ned')).toEqual([]);
    });
  });
});
