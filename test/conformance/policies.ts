import { describe, expect, it } from '@jest/globals';
import { bigPolicy, readPolicy, type Target } from './target.js';

export function describePolicies(target: Target): void {
  describe('policies', () => {
    it('puts and reads back, with colons in the name', async () => {
      const { policies } = target.client;
      const name = target.policyName(':user:x:0');
      await policies.put(name, readPolicy('one'));
      const first = await policies.info(name);
      expect(first).toMatchObject({ name, document: readPolicy('one') });
      await policies.put(name, readPolicy('two'));
      const second = await policies.info(name);
      expect(second.document).toEqual(readPolicy('two'));
      expect(second.createdAt).toEqual(first.createdAt);
      expect(second.updatedAt!.getTime()).toBeGreaterThan(first.updatedAt!.getTime());
    });

    it('returns a built-in policy without dates', async () => {
      const info = await target.client.policies.info('readonly');
      expect(Object.keys(info).toSorted()).toEqual(['document', 'name']);
    });

    it('takes 19,000 bytes and refuses more than 20,480, which RustFS takes', async () => {
      const { policies } = target.client;
      const name = target.policyName();
      await policies.put(name, bigPolicy(19_000));
      expect((await policies.info(name)).document.Statement[0]!.Resource).toHaveLength(
        bigPolicy(19_000).Statement[0]!.Resource!.length,
      );
      const put = policies.put(name, bigPolicy(20_700));
      if (target.isRustfs) await put;
      else await expect(put).rejects.toMatchObject({ code: 'too_large', status: 400 });
    });

    it('says why a policy is refused', async () => {
      const { policies } = target.client;
      const document = readPolicy('x');
      document.Statement[0]!.Action = ['s3:NoSuchAction'];
      await expect(policies.put(target.name(), document)).rejects.toMatchObject({
        code: 'invalid',
        minioCode: target.by({ MinIO: 'XMinioMalformedIAMPolicy', RustFS: 'InvalidRequest' }),
        reason: expect.stringContaining('NoSuchAction'),
      });
      const unversioned = { Statement: document.Statement } as typeof document;
      await expect(policies.put(target.name(), unversioned)).rejects.toMatchObject({ code: 'invalid' });
      const twoNames = policies.put('a,b', readPolicy('x'));
      if (!target.isRustfs) return expect(twoNames).rejects.toMatchObject({ code: 'invalid' });
      await twoNames;
      await policies.remove('a,b');
    });

    it('removes, also what is not there, but not what is in use or built in', async () => {
      const { policies } = target.client;
      const name = await target.policy();
      const user = await target.user([name]);
      await expect(policies.remove(name)).rejects.toMatchObject({
        code: 'conflict',
        minioCode: target.by({ MinIO: 'XMinioIAMPolicyInUse', RustFS: 'InternalError' }),
        outcomeUnknown: false,
      });
      await policies.set([], { user });
      await policies.remove(name);
      await expect(policies.info(name)).rejects.toMatchObject({ code: 'not_found', status: 404 });
      await policies.remove(name);
      await expect(policies.remove('writeonly')).rejects.toMatchObject({
        code: 'denied',
        outcomeUnknown: false,
      });
    });

    it('lists all policies, or those with a bucket as a resource', async () => {
      const { policies } = target.client;
      const [objects, bucket] = [await target.policy(), target.policyName()];
      const document = readPolicy(target.bucket);
      document.Statement[0]!.Resource = [`arn:aws:s3:::${target.bucket}`, 'arn:aws:s3:::other/*'];
      document.Statement[0]!.Action = ['s3:GetObject', 's3:ListBucket'];
      await policies.put(bucket, document);
      const all = await policies.list();
      expect(all[objects]).toEqual(readPolicy(target.bucket));
      expect(all).toHaveProperty('readwrite');
      const some = await policies.list(target.bucket);
      expect(some).toHaveProperty(bucket);
      expect(some).not.toHaveProperty(objects);
    });
  });

  describe('policies of users and groups', () => {
    it('set replaces the whole list, three names at once', async () => {
      const { policies, users } = target.client;
      const names = [await target.policy(':a'), await target.policy(':b'), await target.policy(':c')];
      const user = await target.user(['readonly']);
      await policies.set(names, { user });
      await policies.set(names, { user });
      expect((await users.info(user)).policies.toSorted()).toEqual(names.toSorted());
      await policies.set([], { user });
      expect((await users.info(user)).policies).toEqual([]);
    });

    it('set applies nothing when one name is unknown', async () => {
      const { policies, users } = target.client;
      const known = await target.policy();
      const user = await target.user(['readonly']);
      await expect(policies.set([known, target.name()], { user })).rejects.toMatchObject({
        code: 'not_found',
        minioCode: target.by({ MinIO: 'XMinioAdminNoSuchPolicy', RustFS: 'InternalError' }),
        outcomeUnknown: false,
      });
      expect((await users.info(user)).policies).toEqual(['readonly']);
      await expect(policies.set([known], { user: target.name() })).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(policies.set([known], { group: target.name() })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('attach adds, and says when there is nothing to add, except on RustFS', async () => {
      const { policies, users } = target.client;
      const user = await target.user(['readonly']);
      const name = await target.policy();
      await policies.attach([name, 'readonly'], { user });
      expect((await users.info(user)).policies.toSorted()).toEqual([name, 'readonly'].toSorted());
      const again = policies.attach([name], { user });
      if (target.isRustfs) await again;
      else await expect(again).rejects.toMatchObject({ code: 'already_applied', status: 400 });
      await expect(policies.attach([target.name()], { user })).rejects.toMatchObject({ code: 'not_found' });
      await expect(policies.attach([name], { user: target.name() })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('detach takes away, and says when there is nothing to take, except on RustFS', async () => {
      const { policies, users } = target.client;
      const name = await target.policy();
      const user = await target.user(['readonly', name]);
      await policies.detach([name], { user });
      expect((await users.info(user)).policies).toEqual(['readonly']);
      const again = policies.detach([name], { user });
      if (target.isRustfs) await again;
      else await expect(again).rejects.toMatchObject({ code: 'already_applied' });
    });

    it('attaches to a group', async () => {
      const { policies, groups } = target.client;
      const [group, name] = [await target.group(), await target.policy()];
      await policies.attach([name], { group });
      expect(await groups.info(group)).toMatchObject({ policies: [name] });
      await policies.detach([name], { group });
      expect(await groups.info(group)).toMatchObject({ policies: [] });
    });

    it('entities shows who has what', async () => {
      const { policies } = target.client;
      const [own, shared] = [await target.policy(), await target.policy()];
      const user = await target.user([own]);
      const group = await target.group([user]);
      await policies.set([shared], { group });
      const some = await policies.entities({
        users: [user, target.name()],
        groups: [group],
        policies: [own, shared],
      });
      const groupMapping = { group, policies: [shared] };
      expect(some.userMappings).toEqual([{ user, policies: [own], memberOfMappings: [groupMapping] }]);
      expect(some.groupMappings).toEqual([groupMapping]);
      const byPolicy = new Map(some.policyMappings.map((mapping) => [mapping.policy, mapping]));
      expect(byPolicy.get(own)).toEqual({ policy: own, users: [user], groups: [] });
      expect(byPolicy.get(shared)).toEqual({ policy: shared, users: [], groups: [group] });
      expect(Math.abs(Date.now() - some.timestamp.getTime())).toBeLessThan(60_000);
      const all = await policies.entities();
      expect(all.policyMappings).toEqual(expect.arrayContaining(some.policyMappings));
    });

    it('entities takes several names with characters that need encoding', async () => {
      const users = await Promise.all(
        [target.by({ MinIO: "'b (1)!", RustFS: "'b(1)!" }), '*a~+&?', 'ü/%41'].map(async (suffix) => {
          const user = target.userName() + suffix;
          await target.client.users.add(user, { secretKey: 'conformance-secret-1' });
          await target.client.policies.set(['readonly'], { user });
          return user;
        }),
      );
      const { userMappings } = await target.client.policies.entities({ users });
      expect(userMappings.map(({ user }) => user).toSorted()).toEqual(users.toSorted());
      await Promise.all(users.map((user) => target.client.users.remove(user)));
    });
  });
}
