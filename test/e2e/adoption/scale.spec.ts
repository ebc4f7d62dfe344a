import { forEachConcurrently } from '../../../src/common/work/concurrency.js';
import { folderPolicy, FOREIGN_SECRET, makeGroup, oldPair } from '../../support/access/foreign-world.js';
import { Prober, type Question } from '../../support/access/probe.js';
import { repeated } from '../../support/network/repeat.js';
import { type Stack, startStack } from '../../support/service/stack.js';

/** Users; a twentieth as many groups, and three foreign policies for each user. With ADOPTION_USERS=1000 it is what the figures are of. */
const USERS = Number(process.env.ADOPTION_USERS ?? 100);
const GROUPS = Math.ceil(USERS / 20);
const AT_ONCE = 8;
const LIMIT_MS = 600_000;

const userOf = (index: number) => `u${String(index).padStart(4, '0')}`;
const groupOf = (index: number) => `team${index}`;

describe('a MinIO with many users, groups and policies', () => {
  let stack: Stack;
  let prober: Prober;
  const users = Array.from({ length: USERS }, (_, index) => userOf(index));
  const groups = Array.from({ length: GROUPS }, (_, index) => groupOf(index));
  const membersOf = (group: number) => users.filter((_, index) => index % GROUPS === group);

  beforeAll(async () => {
    stack = await startStack();
    prober = new Prober(stack.minio.endpoint);
    await stack.person('first').post('/users/first');
    const { policies, users: minioUsers } = stack.root;
    await forEachConcurrently(users, AT_ONCE, async (user) => {
      const index = users.indexOf(user);
      // an own folder, a folder in the home of the next user, and something that grants cannot say
      await policies.put(`${user}-own`, folderPolicy([`projects/${user}`], 'write'));
      const next = userOf((index + 1) % USERS);
      await policies.put(`${user}-share`, folderPolicy([`users-warehouse/${next}/for-${user}`], 'read'));
      await policies.put(`${user}-all`, {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] }],
      });
      await minioUsers.add(user, { secretKey: FOREIGN_SECRET });
      await policies.set([`${user}-own`, `${user}-share`, `${user}-all`], { user });
    });
    for (const [index, group] of groups.entries()) {
      await policies.put(`${group}-rw`, folderPolicy([`tenants/${group}`], 'write'));
      await makeGroup(stack, group, membersOf(index), [`${group}-rw`]);
    }
  }, LIMIT_MS);
  afterAll(async () => {
    await prober?.close();
    await stack?.stop();
  });

  it(
    'is adopted in one request, and nothing is lost before, during and after',
    async () => {
      const asked = users.flatMap((user, index): Question[] => {
        const as = oldPair(user);
        return [
          { as, action: 'write', key: `projects/${user}/x` },
          { as, action: 'list', key: `users-warehouse/${userOf((index + 1) % USERS)}/for-${user}/` },
          { as, action: 'read', key: `tenants/${groupOf(index % GROUPS)}/x` },
          { as, action: 'read', key: `tenants/${groupOf((index + 1) % GROUPS)}/x` },
          { as, action: 'read', key: `projects/${userOf((index + 1) % USERS)}/x` },
        ];
      });
      const before = await prober.askAll(asked);
      expect(before.filter(Boolean)).toHaveLength(3 * USERS);
      const some = asked.filter((_, index) => before[index] && index % 7 === 0);
      const loop = repeated(async () => String((await prober.askAll(some)).every(Boolean)));
      const body = {
        users,
        groups: groups.map((group_name) => ({ group_name })),
        import_policies: ['*-own', '*-share', '*-rw'],
      };
      const begun = performance.now();
      const answer = await stack.admin.post('/admin/adopt', body, { timeoutMs: LIMIT_MS });
      const took = performance.now() - begun;
      expect(await loop.end()).toEqual(['true']);
      console.log(
        `${USERS} users, ${GROUPS} groups, ${USERS * 3 + GROUPS} policies: ${(took / 1000).toFixed(1)} s`,
      );
      expect([
        answer.status,
        new Set([...answer.body.results, ...answer.body.groups].map(({ status }) => status)),
      ]).toEqual([200, new Set(['adopted'])]);
      expect(answer.body.results.flatMap((each: any) => each.detached ?? [])).toHaveLength(2 * USERS);
      expect(
        answer.body.results.flatMap((each: any) =>
          each.foreign_policies.map((policy: any) => policy.policy_name),
        ),
      ).toEqual(users.map((user) => `${user}-all`));
      expect(await prober.askAll(asked)).toEqual(before);
      const settled = (await stack.root.users.list())[userOf(0)];
      const again = await stack.admin.post('/admin/adopt', body, { timeoutMs: LIMIT_MS });
      expect(new Set([...again.body.results, ...again.body.groups].map(({ status }) => status))).toEqual(
        new Set(['unchanged']),
      );
      expect((await stack.root.users.list())[userOf(0)]).toEqual(settled);
    },
    LIMIT_MS,
  );
});
