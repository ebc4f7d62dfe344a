import { waitFor } from '../../../scripts/child.mjs';
import { AUDIENCE } from '../../support/auth/issuer.js';
import { CLIENTS, LOOK_UP } from '../../support/auth/keycloak-realm.js';
import { hasKeycloak, Keycloak, KEYCLOAK_MS } from '../../support/auth/keycloak.js';
import {
  makeMember,
  type Member,
  namesWith,
  REFUSED,
  roundsLater,
  waitUntilSuspended,
} from '../../support/people/leavers.js';
import { problemOf } from '../../support/service/problems.js';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { type Stack, startStack } from '../../support/service/stack.js';

const PEOPLE = ['alice', 'dora', 'max', 'ned'];
const OUT = expect.stringMatching(REFUSED);

(hasKeycloak() ? describe : describe.skip)('people of a real Keycloak who leave', () => {
  let keycloak: Keycloak;
  let stack: Stack;
  const members = new Map<string, Member>();
  const member = (name: string) => members.get(name) as Member;
  const shown = async (name: string) => (await stack.admin.get(`/users/kc-${name}`)).body;
  const login = async (name: string) => stack.caller((await keycloak.login(name, CLIENTS.own)).access_token);
  const oidc = async () => (await stack.admin.get('/admin/leavers')).body.directories[0];

  beforeAll(async () => {
    keycloak = await Keycloak.start();
    stack = await startStack({
      env: {
        ...NO_LIMITS,
        LEAVERS_INTERVAL_SECONDS: '2',
        OIDC_ISSUER: keycloak.issuer,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_USER_PREFIX: 'kc-',
        OIDC_LOOKUP_CLIENT_ID: LOOK_UP.allowed,
        OIDC_LOOKUP_CLIENT_SECRET: keycloak.clientSecret,
      },
    });
    stack.secrets.add('the secret of the look-up', keycloak.clientSecret);
    const friend = await makeMember(stack, 'friend', stack.person('friend'));
    for (const name of PEOPLE)
      members.set(name, await makeMember(stack, `kc-${name}`, await login(name), friend));
    await stack.restart();
    await waitFor('the first look-up', async () => (await oidc()).people === PEOPLE.length, {
      timeoutMs: 30_000,
    });
  }, KEYCLOAK_MS);
  afterAll(async () => {
    await stack?.stop();
    await keycloak?.stop();
  });

  it('are suspended when they are disabled or removed there, and nobody else is', async () => {
    await roundsLater(stack);
    expect([(await oidc()).failure, await namesWith(stack, 'suspended')]).toEqual([null, []]);
    await keycloak.disable('dora');
    await keycloak.remove('max');
    await waitUntilSuspended(stack, 'kc-dora', 'kc-max');
    expect((await shown('dora')).suspended.reason).toBe('disabled');
    expect((await shown('max')).suspended.reason).toBe('absent');
    expect(await member('dora').works()).toEqual([OUT, OUT, 'ok']);
    expect(await member('max').works()).toEqual([OUT, OUT, 'ok']);
    expect(await member('alice').works()).toEqual(['ok', 'ok', 'ok']);
    expect(await namesWith(stack, 'active')).toEqual(
      expect.arrayContaining(['friend', 'kc-alice', 'kc-ned']),
    );
  });

  it('are not back with a token of before, which is still valid, and are back with a new one', async () => {
    for (const call of [
      member('dora').caller.get('/me'),
      member('dora').caller.post('/users/kc-dora/sessions'),
    ])
      expect(problemOf(await call)).toEqual([403, 'user_disabled']);
    await keycloak.enable('dora');
    const { status } = await (await login('dora')).post('/users/kc-dora/sessions');
    expect([status, await member('dora').works()]).toEqual([201, ['ok', 'ok', 'ok']]);
    await roundsLater(stack, 3);
    expect(await namesWith(stack, 'suspended')).toEqual(['kc-max']);
  });

  it('stay as they are when the client may not read the users, and the doctor says what to look at', async () => {
    await stack.restart({ OIDC_LOOKUP_CLIENT_ID: LOOK_UP.refused });
    await keycloak.disable('ned');
    await waitFor('the refusal', async () => (await oidc()).failure !== null, { timeoutMs: 30_000 });
    await roundsLater(stack);
    expect((await oidc()).failure).toContain('OIDC_LOOKUP_CLIENT_ID');
    expect((await shown('ned')).status).toBe('active');
    const { checks } = (await stack.admin.get('/admin/doctor')).body;
    expect(checks.find(({ name }: any) => name === 'leavers').verdict).toBe('warning');
  });
});
