import { describe, expect, it } from '@jest/globals';
import { Caller } from '../../src/madmin/call.js';
import { MadminClient } from '../../src/madmin/client.js';
import { Users } from '../../src/madmin/verbs/users.js';
import { type Target, USER_SECRET } from './target.js';

export function describeUsers(target: Target): void {
  describe('users', () => {
    it('adds an enabled user without policies', async () => {
      const user = await target.user();
      // RustFS also tells when the user itself changed
      const updatedAt = target.by({ MinIO: {}, RustFS: { updatedAt: expect.any(Date) } });
      const info = { status: 'enabled', policies: [], groups: [], ...updatedAt };
      expect(await target.client.users.info(user)).toEqual(info);
    });

    it('replaces secret and status of an existing user', async () => {
      const { users, sts } = target.client;
      const user = await target.user([await target.policy()]);
      await users.add(user, { secretKey: 'another-secret-2', status: 'disabled' });
      expect(await users.info(user)).toMatchObject({ status: 'disabled' });
      await users.add(user, { secretKey: 'another-secret-2' });
      await expect(sts.assumeRole({ accessKey: user, secretKey: USER_SECRET })).rejects.toMatchObject({
        code: 'signature_mismatch',
      });
      await sts.assumeRole({ accessKey: user, secretKey: 'another-secret-2' });
    });

    it('shows policies, groups and the time of the mapping', async () => {
      const policies = [await target.policy(), await target.policy()];
      const user = await target.user(policies);
      const group = await target.group([user]);
      const info = await target.client.users.info(user);
      expect(info).toMatchObject({ status: 'enabled', groups: [group] });
      expect(info.policies.toSorted()).toEqual(policies.toSorted());
      expect(Math.abs(Date.now() - info.updatedAt!.getTime())).toBeLessThan(60_000);
    });

    it('lists users, with the same facts as info', async () => {
      const { users } = target.client;
      const user = await target.user([await target.policy()]);
      const list = await users.list();
      expect(list[user]).toEqual(await users.info(user));
      expect(list).not.toHaveProperty(target.root.accessKey);
    });

    it('sets the status, twice', async () => {
      const { users } = target.client;
      const user = await target.user();
      for (const status of ['disabled', 'disabled', 'enabled', 'enabled'] as const) {
        await users.setStatus(user, status);
        expect(await users.info(user)).toMatchObject({ status });
      }
    });

    it('removes', async () => {
      const { users, groups, policies } = target.client;
      const user = await target.user([await target.policy()]);
      const group = await target.group([user]);
      await users.remove(user);
      await expect(users.info(user)).rejects.toMatchObject({ code: 'not_found' });
      expect(await groups.info(group)).toMatchObject({ members: [] });
      expect((await policies.entities({ users: [user] })).userMappings).toEqual([]);
    });

    it('says not_found for a missing user', async () => {
      const { users } = target.client;
      const notFound = { code: 'not_found', outcomeUnknown: false };
      const minioCode = target.by({ MinIO: 'XMinioAdminNoSuchUser', RustFS: 'NoSuchResource' });
      const missing = { ...notFound, status: 404, minioCode };
      await expect(users.info(target.name())).rejects.toMatchObject(missing);
      await expect(users.setStatus(target.name(), 'enabled')).rejects.toMatchObject(
        target.by({ MinIO: missing, RustFS: { ...notFound, status: 500, minioCode: 'InternalError' } }),
      );
      await expect(users.remove(target.name())).rejects.toMatchObject(missing);
    });

    it('refuses names and secrets outside the limits', async () => {
      const { users } = target.client;
      const add = (name: string, secretKey = USER_SECRET) => users.add(name, { secretKey });
      const invalid = {
        code: 'invalid',
        outcomeUnknown: false,
        status: target.by({ MinIO: 400, RustFS: 500 }),
      };
      const minioCode = target.by({ MinIO: 'XMinioAdminInvalidAccessKey', RustFS: 'InternalError' });
      await expect(add('ab')).rejects.toMatchObject({ ...invalid, minioCode });
      await expect(add(target.userName(), 'short')).rejects.toMatchObject(invalid);
      for (const bad of ['a=b', 'a,b']) await expect(add(bad)).rejects.toMatchObject(invalid);
      await expect(add(' edge')).rejects.toMatchObject({ code: 'invalid', status: 400 });
      const denied = { code: 'denied', status: target.by({ MinIO: 403, RustFS: 400 }) };
      await expect(add(target.root.accessKey)).rejects.toMatchObject(denied);
    });

    it.each(['argon2id-aes', 'argon2id-chacha', 'pbkdf2-aes'] as const)(
      'accepts bodies of %s',
      async (algorithm) => {
        const { endpoint, accessKey, secretKey } = target.root;
        const caller = new Caller({
          endpoint: new URL(endpoint),
          credentials: { accessKey, secretKey },
          region: 'us-east-1',
          timeoutMs: 10_000,
          slowTimeoutMs: 10_000,
          connections: 1,
          algorithm,
          onCall: undefined,
        });
        const user = target.userName();
        await new Users(caller).add(user, { secretKey: 'sealed-secret-1' });
        await caller.close();
        await target.client.policies.set(['readonly'], { user });
        await target.client.sts.assumeRole({ accessKey: user, secretKey: 'sealed-secret-1' });
      },
    );

    it('offers argon2id as an option', async () => {
      const client = new MadminClient({ ...target.root, encryption: 'argon2id', timeoutMs: 10_000 });
      const user = target.userName();
      await client.users.add(user, { secretKey: USER_SECRET });
      await client.close();
      expect(await target.client.users.info(user)).toMatchObject({ status: 'enabled' });
    });
  });
}
