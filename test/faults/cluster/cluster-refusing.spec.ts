import { rmSync } from 'node:fs';
import { waitFor } from '../../../scripts/child.mjs';
import { minioGroup } from '../../../src/policy/names.js';
import { ClusterService, homeOf, sharedOf, SOON } from '../../support/cluster/cluster-service.js';
import { ADMIN_TOKEN, ask, bodyOf } from '../../support/service/fleet.js';
import { canRefuse, hasNamespaces } from '../../support/cluster/namespaces.js';
import { LAKE } from '../../support/access/probe.js';
import type { Answer } from '../../support/service/service.js';

/**
 * Drives that refuse a change, as those do whose files belong to another system user. MinIO answers 200 to a deletion that all of them
 * refused, and 4xx or 5xx to any other change.
 */
(hasNamespaces() && canRefuse() ? describe : describe.skip)('four nodes of MinIO, drives that refuse', () => {
  const everywhere = [1, 2, 3, 4];
  let four: ClusterService;
  beforeAll(async () => {
    four = await ClusterService.start();
    await four.whole();
  }, 180_000);
  afterAll(() => four?.stop());

  /** Someone new, with a pair. */
  async function comes(name: string) {
    const user = four.person(name);
    return { user, pair: await bodyOf(ask.pair(four.service, user), 201), home: homeOf(user) };
  }

  it('a session that MinIO says it has ended and has not: it is not answered as done before it is', async () => {
    const { user, home } = await comes('ann');
    const session = await bodyOf(ask.session(four.service, user), 201);
    expect(await four.livesAt(session, home)).toEqual(everywhere);
    const refused = `sts/${session.access_key}/identity.json`;
    expect(await four.cluster.refusing(refused, () => four.ends(user))).toBe(202);
    await waitFor('their end', async () => (await four.livesAt(session, home)).length === 0, SOON);
    await four.toldEverything(user);
    expect(await four.livesAt(session, home)).toEqual([]);
  });

  it('an access key that MinIO says it has removed and has not', async () => {
    const { user, home } = await comes('ann');
    const key = await bodyOf(ask.accessKey(four.service, user), 201);
    expect(await four.livesAt(key, home)).toEqual(everywhere);
    const path = `/users/${user}/access-keys/${key.access_key}`;
    const remove = () => four.service.request('DELETE', path, { token: `token-of-${user}` });
    const refused = `service-accounts/${key.access_key}/identity.json`;
    expect((await four.cluster.refusing(refused, remove)).status).toBe(502);
    expect((await remove()).status).toBe(204);
    expect(await four.livesAt(key, home)).toEqual([]);
  });

  it('a user that MinIO says it has removed and has not', async () => {
    const { user, pair, home } = await comes('ann');
    await bodyOf(ask.disable(four.service, user), 200);
    const refused = `users/${user}/identity.json`;
    const answer = await four.cluster.refusing(refused, () => ask.remove(four.service, user));
    expect([answer.status, await isThere(user)]).toEqual([202, true]);
    await waitFor('their end', async () => !(await isThere(user)), SOON);
    expect(await four.livesAt(pair, home)).toEqual([]);
  });

  /** Whether any node has the user, or MinIO keeps it. */
  async function isThere(user: string): Promise<boolean> {
    const known = await Promise.all(four.nodes.map(({ root }) => root.sts.load(user)));
    return known.includes(true);
  }

  it('shares, memberships and groups: what is refused is not answered as done, and it is done later', async () => {
    const { service, cluster } = four;
    const [owner, guest, member] = [await comes('owner'), await comes('guest'), await comes('member')];
    const [path, key] = [`s3a://${LAKE}/${sharedOf(owner.user)}`, `${sharedOf(owner.user)}x`];
    const group = `Group${owner.user.replace(/\D/g, '')}`;
    await bodyOf(ask.share(service, owner.user, { path, with_users: [guest.user] }), 200);
    await bodyOf(ask.saveGroup(service, group, { members: [member.user] }), 201);
    await bodyOf(ask.share(service, owner.user, { path, with_groups: [group] }), 200);
    for (const { pair } of [guest, member]) expect(await four.livesAt(pair, key)).toEqual(everywhere);
    const refusals: [string, () => Promise<Answer>][] = [
      [
        `policydb/users/${guest.user}.json`,
        () => ask.unshare(service, owner.user, { path, from_users: [guest.user] }),
      ],
      [`groups/${minioGroup(group)}/members.json`, () => ask.saveGroup(service, group, { members: [] })],
    ];
    for (const [at, { pair }] of [guest, member].entries()) {
      const [refused, act] = refusals[at] as (typeof refusals)[number];
      const { status } = await cluster.refusing(refused, act);
      expect([refused, status]).toEqual([refused, 202]);
      await waitFor('their end', async () => (await four.livesAt(pair, key)).length === 0, SOON);
    }
    // what is attached to a group stays in MinIO when its deletion is refused; a group of the same name gives nothing of it
    await bodyOf(ask.saveGroup(service, group, { members: [member.user] }), 200);
    expect(await four.livesAt(member.pair, key)).toEqual(everywhere);
    const mapping = `policydb/groups/${minioGroup(group)}.json`;
    await cluster.refusing(mapping, () => ask.removeGroup(service, group));
    await waitFor('their end', async () => (await four.livesAt(member.pair, key)).length === 0, SOON);
    await four.takesAway('the group', () => ask.removeGroup(service, group));
    await bodyOf(ask.saveGroup(service, group, { members: [member.user] }), 201, 202);
    await four.toldEverything(member.user);
    expect(await four.livesAt(member.pair, key)).toEqual([]);
  }, 180_000);

  it('an access key that only another node than the one in use knows is revoked there', async () => {
    const { user, home } = await comes('ann');
    const key = await bodyOf(ask.accessKey(four.service, user), 201);
    const inUse = await four.inUse();
    const other = four.nodes.findLast((node) => node !== inUse) as typeof inUse;
    const kept = `service-accounts/${key.access_key}`;
    // every node forgets it, one looks it up again, then it is gone from the drives
    await four.cluster.refusing(`${kept}/identity.json`, () => inUse.root.accessKeys.remove(key.access_key));
    expect(await other.root.sts.load(key.access_key)).toBe(true);
    for (const node of four.nodes) rmSync(node.keptAt(kept), { recursive: true, force: true });
    expect(await four.livesAt(key, home)).toEqual(four.numbers([other]));
    const entitlement = { type: 'access_key', id: key.access_key };
    const revoke = { userId: user, applicationId: 'minio', entitlementsToRevoke: [entitlement] };
    const { taskId } = await bodyOf(
      four.service.request('POST', '/provision/revoke', { token: ADMIN_TOKEN, body: revoke }),
      202,
    );
    const isEnded = async () => {
      const { body } = await four.service.request('GET', `/provisions/${taskId}`, { token: ADMIN_TOKEN });
      return ['completed', 'failed'].includes(body.status) ? body : undefined;
    };
    const { result } = await waitFor('the provision', isEnded, SOON);
    expect(result.operations).toMatchObject([{ status: 'done' }]);
    expect(await four.livesAt(key, home)).toEqual([]);
  });
});
