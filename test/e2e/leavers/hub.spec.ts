import { waitFor } from '../../../scripts/child.mjs';
import type { Hub } from '../../support/clients/hub/hub.js';
import { HUB_STACK_MS, startHubStack } from '../../support/clients/hub/stack.js';
import {
  makeMember,
  type Member,
  namesWith,
  REFUSED,
  roundsLater,
  waitUntilSuspended,
} from '../../support/people/leavers.js';
import type { Stack } from '../../support/service/stack.js';

const OUT = expect.stringMatching(REFUSED);
/** More than a page of the hub's list has. */
const CROWD = Array.from({ length: 120 }, (_, number) => `crowd${number}`);

describe('people of a real JupyterHub who leave', () => {
  let stack: Stack;
  let hub: Hub;
  const members = new Map<string, Member>();
  const member = (name: string) => members.get(name) as Member;
  const state = async () => (await stack.admin.get('/admin/leavers')).body.directories[0];
  /** A token that the person makes on the hub's token page. */
  const login = async (name: string) => stack.caller((await hub.api('POST', `/users/${name}/tokens`)).token);

  beforeAll(async () => {
    ({ stack, hub } = await startHubStack());
    await hub.api('POST', '/users', { usernames: [...CROWD, 'zoe', 'yan', 'xia'] });
    stack.secrets.add('the token of look-ups', hub.token);
    const friend = await makeMember(stack, 'friend', stack.person('friend'));
    for (const name of ['zoe', 'yan', 'xia'])
      members.set(name, await makeMember(stack, name, await login(name), friend));
    await stack.restart({ LEAVERS_INTERVAL_SECONDS: '2', JUPYTERHUB_API_TOKEN: hub.token });
    await waitFor('the first look-up', async () => (await state()).people === 3, { timeoutMs: 30_000 });
  }, HUB_STACK_MS);
  afterAll(async () => {
    await hub?.stop();
    await stack?.stop();
  });

  it('are found on each page of the list, and suspended when they are deleted there', async () => {
    await roundsLater(stack);
    expect([(await state()).failure, await namesWith(stack, 'suspended')]).toEqual([null, []]);
    await hub.api('DELETE', '/users/zoe');
    await waitUntilSuspended(stack, 'zoe');
    expect(await member('zoe').works()).toEqual([OUT, OUT, 'ok']);
    expect(await member('yan').works()).toEqual(['ok', 'ok', 'ok']);
    // the token of before ended with the user
    await waitFor('the end of the token', async () => (await member('zoe').caller.get('/me')).status >= 400, {
      timeoutMs: 90_000,
    });
    await hub.api('POST', '/users', { usernames: ['zoe'] });
    const { status } = await (await login('zoe')).get('/credentials/aws');
    expect([status, await member('zoe').works()]).toEqual([200, ['ok', 'ok', 'ok']]);
  });

  it('stay as they are when the token may not list users', async () => {
    const { token } = await hub.api('POST', '/users/yan/tokens', { scopes: ['read:users:name!user=yan'] });
    await stack.restart({ JUPYTERHUB_API_TOKEN: token });
    await hub.api('DELETE', '/users/xia');
    await waitFor('the failure', async () => (await state()).failure !== null, { timeoutMs: 30_000 });
    await roundsLater(stack);
    expect((await state()).failure).toMatch(/JUPYTERHUB_API_TOKEN|listed/);
    expect(await namesWith(stack, 'suspended')).toEqual([]);
  });
});
