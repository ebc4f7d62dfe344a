import { describe, expect, it } from '@jest/globals';
import { type Target, USER_SECRET } from './target.js';

export function describeGroups(target: Target): void {
  describe('groups', () => {
    it('is created by adding members, or empty', async () => {
      const { groups } = target.client;
      const user = await target.user();
      const group = await target.group([user]);
      expect(await groups.info(group)).toMatchObject({
        name: group,
        status: 'enabled',
        members: [user],
        policies: [],
      });
      expect(await groups.info(await target.group())).toMatchObject({ members: [] });
      expect(await groups.list()).toContain(group);
    });

    it('adds to and removes from the members there are', async () => {
      const { groups } = target.client;
      const [a, b] = [await target.user(), await target.user()];
      const group = await target.group([a]);
      await groups.addMembers(group, [a, b]);
      expect((await groups.info(group)).members.toSorted()).toEqual([a, b].toSorted());
      await groups.removeMembers(group, [a]);
      await groups.removeMembers(group, [a]);
      expect((await groups.info(group)).members).toEqual([b]);
    });

    it('applies nothing when one member is unknown', async () => {
      const { groups } = target.client;
      const [a, b] = [await target.user(), await target.user()];
      const group = await target.group([a]);
      const minioCode = target.by({ MinIO: 'XMinioAdminNoSuchUser', RustFS: 'NoSuchResource' });
      const missing = { code: 'not_found', minioCode };
      await expect(groups.addMembers(group, [b, target.name()])).rejects.toMatchObject(missing);
      await expect(groups.removeMembers(group, [a, target.name()])).rejects.toMatchObject(missing);
      expect((await groups.info(group)).members).toEqual([a]);
    });

    it('is removed only when empty', async () => {
      const { groups } = target.client;
      const user = await target.user();
      const group = await target.group([user]);
      await expect(groups.remove(group)).rejects.toMatchObject({ code: 'conflict' });
      // An empty list would be the removal of the group.
      await expect(groups.removeMembers(group, [])).rejects.toMatchObject({ code: 'invalid' });
      await groups.removeMembers(group, [user]);
      await groups.removeMembers(group, [user]);
      await groups.remove(group);
      await expect(groups.info(group)).rejects.toMatchObject({ code: 'not_found', status: 404 });
      await expect(groups.remove(group)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('takes all rights from its members while disabled, and hides its policies, which RustFS shows', async () => {
      const { groups, policies, sts } = target.client;
      const policy = await target.policy();
      const user = await target.user([policy]);
      const group = await target.group([user]);
      await policies.set([policy], { group });
      const session = await sts.assumeRole({ accessKey: user, secretKey: USER_SECRET });
      expect(await target.read(session)).toBe('NoSuchBucket');
      await groups.setStatus(group, 'disabled');
      await groups.setStatus(group, 'disabled');
      expect(await target.read(session)).toBe('AccessDenied');
      const shown = target.by({ MinIO: [], RustFS: [policy] });
      expect(await groups.info(group)).toMatchObject({
        status: 'disabled',
        policies: shown,
        members: [user],
      });
      const { groupMappings } = await policies.entities({ groups: [group] });
      expect(groupMappings).toEqual([{ group, policies: [policy] }]);
      await groups.setStatus(group, 'enabled');
      expect(await target.read(session)).toBe('NoSuchBucket');
    });

    it('can be given policies while disabled, by set, and on RustFS by attach', async () => {
      const { groups, policies } = target.client;
      const [group, policy] = [await target.group(), await target.policy()];
      await groups.setStatus(group, 'disabled');
      const refused = { code: 'conflict', status: 500, outcomeUnknown: false };
      if (target.isRustfs) await policies.attach([policy], { group });
      else await expect(policies.attach([policy], { group })).rejects.toMatchObject(refused);
      await policies.set([policy], { group });
      await groups.setStatus(group, 'enabled');
      expect(await groups.info(group)).toMatchObject({ policies: [policy] });
    });

    it('refuses bad names, bad states and root as a member', async () => {
      const { groups } = target.client;
      await expect(groups.addMembers('a=b', [])).rejects.toMatchObject({ code: 'invalid', status: 400 });
      await expect(groups.addMembers(target.groupName(), [target.root.accessKey])).rejects.toMatchObject({
        code: target.by({ MinIO: 'denied', RustFS: 'not_found' }),
      });
      const group = await target.group();
      await expect(groups.setStatus(group, 'off' as 'disabled')).rejects.toMatchObject({ code: 'invalid' });
      await expect(groups.setStatus(target.name(), 'disabled')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('may have the name of a user', async () => {
      const user = await target.user();
      await target.client.groups.addMembers(user, [user]);
      expect(await target.client.groups.info(user)).toMatchObject({ members: [user] });
      await target.client.groups.removeMembers(user, [user]);
      await target.client.groups.remove(user);
    });
  });
}
