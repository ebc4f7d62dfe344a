import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../../support/service/fleet.js';
import { Folders } from '../../support/access/folders.js';
import { subjectOf } from '../../support/network/gate.js';
import type { Answer } from '../../support/service/service.js';
import { inSeconds } from '../../support/access/sharing.js';
import { Truth } from '../../support/access/truth.js';

const PROMPT_MS = 5000;
/** What takes access away follows at once when MinIO is back, whatever else waits its turn: at most a minute. */
const TAKEN_MS = 40_000;
const HEALED_MS = 75_000;
/** A share is gone so soon after its end. */
const GONE_MS = 2000;

describe('shares while somebody is away', () => {
  let fleet: Fleet;
  let folders: Folders;
  let truth: Truth;
  let replica: Replica;
  let owner: string;

  beforeAll(async () => {
    fleet = await Fleet.start('PGlite');
    folders = new Folders(fleet);
    truth = new Truth(fleet.minio);
    replica = await fleet.add();
    owner = await folders.person(replica.service, 'owner');
  });
  afterAll(async () => {
    folders.close();
    await truth.close();
    await fleet.stop();
  });

  const person = () => folders.person(replica.service, 'person');
  const share = (body: object) => ask.share(replica.service, owner, body);
  const unshare = (body: object) => ask.unshare(replica.service, owner, body);

  const unreachable = {
    way: 'unreachable',
    leave: () => replica.proxy.refuse(),
    comeBack: () => replica.proxy.accept(),
  };
  const hanging = {
    way: 'hanging',
    leave: () => Promise.resolve(fleet.minio.pause()),
    comeBack: () => Promise.resolve(fleet.minio.resume()),
  };

  it.each([unreachable, hanging])(
    'MinIO $way: every change is kept, answered in time, and carried out afterwards',
    async ({ leave, comeBack }) => {
      const { service } = replica;
      const people = await Promise.all([0, 1, 2, 3, 4, 5, 6].map(person));
      const [given, taken, member, joining, reader, last, many] = people;
      const path = await folders.folder(owner);
      const [old, less] = [await folders.folder(owner), await folders.folder(owner)];
      const group = await folders.group(service, { members: [member] });
      const doomed = await folders.group(service, { members: [last] });
      await bodyOf(share({ path: old, with_users: [taken], with_groups: [doomed] }), 200);
      await bodyOf(
        share({ path: less, with_users: [taken], with_groups: [group], permission: 'write' }),
        200,
      );
      await leave();
      const wishes: [string, Promise<Answer>][] = [
        ['share', share({ path, with_users: [given], permission: 'write' })],
        ['share with a group', share({ path, with_groups: [group] })],
        ['unshare', unshare({ path: old, from_users: [taken] })],
        ['less', share({ path: less, with_users: [taken], with_groups: [group] })],
        [
          'members',
          ask.saveGroup(service, group, { members: [joining], readers: [reader], description: 'x' }),
        ],
        ['group delete', ask.removeGroup(service, doomed)],
        [
          'a share with many',
          share({ path, with_users: people.filter((name) => name !== given && name !== many) }),
        ],
      ];
      const answers = await Promise.all(wishes.map(([what, wish]) => timed(what, wish)));
      await comeBack();
      for (const { what, ms, answer } of answers) {
        expect([what, answer.status, answer.body.enforced]).toEqual([what, 202, false]);
        expect([what, ms < PROMPT_MS]).toEqual([what, true]);
      }
      const of = (names: (string | undefined)[], where: string) =>
        Promise.all(names.map((name = '') => folders.rights(name, where)));
      const look = async () => [
        await of(people, path),
        await of([taken, last], old),
        await of([taken, member, joining, reader], less),
      ];
      const wanted = [
        ['write', 'read', 'read', 'read', 'read', 'read', 'nothing'],
        ['nothing', 'nothing'],
        ['read', 'nothing', 'read', 'read'],
      ];
      const takenAway = async () =>
        [
          ...(await of([taken, last], old)),
          ...(await of([member], less)),
          (await folders.rights(taken as string, less)).replace('read', 'nothing'),
        ].every((right) => right === 'nothing');
      await waitFor('what was taken away', takenAway, { timeoutMs: TAKEN_MS, everyMs: 250 });
      let seen: unknown;
      const healed = async () => JSON.stringify((seen = await look())) === JSON.stringify(wanted);
      await waitFor('the changes', healed, { timeoutMs: HEALED_MS, everyMs: 250 }).catch(() =>
        expect(seen).toEqual(wanted),
      );
      expect((await bodyOf(ask.group(service, group), 200)).enforced).toBe(true);
      await bodyOf(ask.group(service, doomed), 404);
    },
  );

  it.each([unreachable, hanging])(
    'MinIO $way: when it is back, what was taken away is taken away before anything is given',
    async ({ leave, comeBack }) => {
      const [gaining, losing] = [
        await Promise.all([0, 1, 2, 3].map(person)),
        await Promise.all([0, 1, 2].map(person)),
      ];
      const [path, old] = [await folders.folder(owner), await folders.folder(owner)];
      await bodyOf(share({ path: old, with_users: losing }), 200);
      await leave();
      for (const name of gaining) await bodyOf(share({ path, with_users: [name] }), 202);
      for (const name of losing) await bodyOf(unshare({ path: old, from_users: [name] }), 202);
      // long enough for all of them to be tried in vain a few times
      await sleep(4000);
      replica.proxy.calls.length = 0;
      await comeBack();
      const done = async () => {
        const rights = await Promise.all([
          ...gaining.map((name) => folders.rights(name, path)),
          ...losing.map((name) => folders.rights(name, old)),
        ]);
        return rights.join() === [...gaining.map(() => 'read'), ...losing.map(() => 'nothing')].join();
      };
      await waitFor('the changes', done, { timeoutMs: HEALED_MS, everyMs: 250 });
      const written = replica.proxy.calls.filter(({ method, status }) => method !== 'GET' && status === 200);
      const order = [...new Set(written.map((call) => subjectOf(call) ?? ''))].filter((name) =>
        [...gaining, ...losing].includes(name),
      );
      expect(order.map((name) => (losing.includes(name) ? 'taken' : 'given'))).toEqual([
        ...losing.map(() => 'taken'),
        ...gaining.map(() => 'given'),
      ]);
    },
  );

  it('a share that ends while the service runs is gone in time, also for who tells MinIO another time', async () => {
    const [bob, member] = [await person(), await person()];
    const group = await folders.group(replica.service, { readers: [member] });
    const path = await folders.folder(owner);
    const expires_at = inSeconds(4);
    await bodyOf(share({ path, with_users: [bob], with_groups: [group], expires_at }), 200);
    for (const name of [bob, member]) {
      expect(await folders.rights(name, path)).toBe('read');
      expect(await folders.readsAt(name, path, '1999-01-01T00:00:00Z')).toBe('ok');
    }
    await sleep(Date.parse(expires_at) + GONE_MS - Date.now());
    for (const name of [bob, member]) {
      expect(await folders.readsAt(name, path, '1999-01-01T00:00:00Z')).toBe('AccessDenied');
      expect(await folders.rights(name, path)).toBe('nothing');
    }
    expect(await shardsOf(bob, group)).toEqual([]);
  }, 30_000);

  it.each(['stopped', 'killed'])(
    'a share that ends while the service is %s: clients are refused from then on, and it is gone before the service is ready',
    async (how) => {
      const [bob, member] = [await person(), await person()];
      const group = await folders.group(replica.service, { members: [member] });
      const path = await folders.folder(owner);
      const expires_at = inSeconds(4);
      const ending = { path, with_users: [bob], with_groups: [group], permission: 'write', expires_at };
      await bodyOf(share(ending), 200);
      expect([await folders.rights(bob, path), await folders.rights(member, path)]).toEqual([
        'write',
        'write',
      ]);
      await (how === 'stopped' ? replica.service.stop() : replica.service.kill());
      await sleep(Date.parse(expires_at) + 100 - Date.now());
      expect([await folders.rights(bob, path), await folders.rights(member, path)]).toEqual([
        'nothing',
        'nothing',
      ]);
      // only the date keeps them out: the statements are there until the service removes them
      expect(await shardsOf(bob, group)).toHaveLength(2);
      replica = await fleet.add({ proxy: replica.proxy });
      expect(await shardsOf(bob, group)).toEqual([]);
      expect(await folders.readsAt(bob, path, '1999-01-01T00:00:00Z')).toBe('AccessDenied');
      expect((await bodyOf(ask.group(replica.service, group), 200)).grants).toEqual([]);
    },
  );

  /** The documents with grants that MinIO has of the user and the group. */
  async function shardsOf(user: string, group: string): Promise<string[]> {
    const names = Object.keys(await truth.root.policies.list());
    return names
      .filter((name) => /^mgr:(user|group|readers):.+:[1-9]\d*$/.test(name))
      .filter((name) => {
        const owners = name.split(':');
        return owners.includes(user) || owners.includes(group);
      });
  }
});

async function timed(
  what: string,
  wish: Promise<Answer>,
): Promise<{ what: string; ms: number; answer: Answer }> {
  const start = performance.now();
  const answer = await wish;
  return { what, ms: performance.now() - start, answer };
}
