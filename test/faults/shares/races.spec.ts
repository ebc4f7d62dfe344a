import { setTimeout } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import { Fleet, type Replica, ask, bodyOf } from '../../support/service/fleet.js';
import { Folders, type Rights } from '../../support/access/folders.js';
import { Gate, subjectOf } from '../../support/network/gate.js';
import { hasPostgres } from '../../support/servers/postgres.js';
import type { Answer, Service } from '../../support/service/service.js';

const ROUNDS = 4;
const CONVERGE_MS = 60_000;

/** What one process is busy with when it stops just before a write, and what the other is asked to take back meanwhile. */
interface Pause {
  what: string;
  before?: (service: Service, at: Place) => Promise<Answer>;
  begun: (service: Service, at: Place) => Promise<Answer>;
  revoked: (service: Service, at: Place) => Promise<Answer>;
  /** What the user may do in the end. */
  left: Rights;
}
interface Place {
  owner: string;
  user: string;
  group: string;
  path: string;
}

const withUser =
  (permission: string) =>
  (service: Service, { owner, user, path }: Place) =>
    ask.share(service, owner, { path, with_users: [user], permission });
const withGroup =
  (permission: string) =>
  (service: Service, { owner, group, path }: Place) =>
    ask.share(service, owner, { path, with_groups: [group], permission });
const unshare = (service: Service, { owner, path }: Place) => ask.unshare(service, owner, { path });
const members =
  (part: 'members' | 'readers') =>
  (service: Service, { group, user }: Place) =>
    ask.saveGroup(service, group, { members: [], readers: [], [part]: [user] });
const nobody = (service: Service, { group }: Place) =>
  ask.saveGroup(service, group, { members: [], readers: [] });

const PAUSES: Pause[] = [
  { what: 'share, unshare', begun: withUser('write'), revoked: unshare, left: 'nothing' },
  { what: 'share, less', begun: withUser('write'), revoked: withUser('read'), left: 'read' },
  {
    what: 'share, owner goes',
    begun: withUser('read'),
    revoked: (s, { owner }) => ask.remove(s, owner),
    left: 'nothing',
  },
  {
    what: 'group, unshare',
    before: members('members'),
    begun: withGroup('write'),
    revoked: unshare,
    left: 'nothing',
  },
  {
    what: 'group, less',
    before: members('members'),
    begun: withGroup('write'),
    revoked: withGroup('read'),
    left: 'read',
  },
  {
    what: 'member, nobody',
    before: withGroup('write'),
    begun: members('members'),
    revoked: nobody,
    left: 'nothing',
  },
  {
    what: 'member, reader',
    before: withGroup('write'),
    begun: members('members'),
    revoked: members('readers'),
    left: 'read',
  },
  {
    what: 'reader, group goes',
    before: withGroup('write'),
    begun: members('readers'),
    revoked: (s, { group }) => ask.removeGroup(s, group),
    left: 'nothing',
  },
];

(hasPostgres() ? describe : describe.skip)('shares through two processes on one PostgreSQL', () => {
  let fleet: Fleet;
  let folders: Folders;
  let second: Replica;
  let services: [Service, Service];

  beforeAll(async () => {
    fleet = await Fleet.start('PostgreSQL');
    folders = new Folders(fleet);
    second = await fleet.add();
    services = [second.service, (await fleet.add()).service];
  });
  afterAll(async () => {
    folders.close();
    await fleet.stop();
  });

  const at = (index: number): Service => services[index % 2] as Service;

  it('50 at once with one group: all hold', async () => {
    const owners = await Promise.all([0, 1, 2, 3, 4].map((index) => folders.person(at(index), 'owner')));
    const [member, reader] = [await folders.person(at(0), 'member'), await folders.person(at(1), 'reader')];
    const group = await folders.group(at(0), { members: [member], readers: [reader] });
    const wanted = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const owner = owners[index % 5] as string;
        return { owner, path: await folders.folder(owner), permission: index % 3 === 0 ? 'write' : 'read' };
      }),
    );
    const started = performance.now();
    const answers = await Promise.all(
      wanted.map(({ owner, path, permission }, index) =>
        ask.share(at(index), owner, { path, permission, with_groups: [group] }),
      ),
    );
    console.log(`50 shares with one group at once: ${Math.round(performance.now() - started)} ms`);
    for (const { status, body } of answers)
      expect([status, body.enforced, body.results[0].status]).toEqual([200, true, 'granted']);
    for (const { path, permission } of wanted) {
      const rights = [await folders.rights(member, path), await folders.rights(reader, path)];
      expect([path, ...rights]).toEqual([path, permission, 'read']);
    }
    const { grants, enforced } = await bodyOf(ask.group(at(1), group), 200);
    expect([grants.length, enforced]).toEqual([50, true]);
  });

  it.each(['a user', 'a group'])(
    '20 shares and unshares of one path with %s at once: what the database says last, MinIO does',
    async (kind) => {
      const seen: Record<string, number> = {};
      for (let round = 1; round <= ROUNDS; round += 1) {
        const [owner, user] = [await folders.person(at(0), 'owner'), await folders.person(at(1), 'racer')];
        const group = await folders.group(at(round), { members: [user] });
        const place = { owner, user, group, path: await folders.folder(owner) };
        const share = kind === 'a user' ? withUser : withGroup;
        const turns = [share('read'), unshare, share('write'), share('read'), unshare];
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (turns[(index + round) % turns.length] ?? unshare)(at(Math.floor(index / 2)), place),
          ),
        );
        expect(answers.map(({ status, body }) => [status, body.enforced])).toEqual(
          answers.map(() => [200, true]),
        );
        const prefix = place.path.slice('s3a://cdm-lake/'.length, -1);
        const rows = await fleet.query(`select permission from access_grant where prefix = '${prefix}'`);
        expect(rows.length).toBeLessThanOrEqual(1);
        const kept = (rows[0]?.permission ?? 'nothing') as Rights;
        expect([round, await folders.rights(user, place.path)]).toEqual([round, kept]);
        seen[kept] = (seen[kept] ?? 0) + 1;
      }
      console.log(`shares and unshares of one path with ${kind}: ended with ${JSON.stringify(seen)}`);
    },
  );

  it('20 changes of the members of one group at once: what the database says last, MinIO does', async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const owner = await folders.person(at(0), 'owner');
      const people = await Promise.all([0, 1, 2, 3].map((index) => folders.person(at(index), 'member')));
      const group = await folders.group(at(1), { members: people });
      const path = await folders.folder(owner);
      await bodyOf(ask.share(at(0), owner, { path, with_groups: [group], permission: 'write' }), 200);
      const some = (index: number) => people.filter((_, number) => (index >> number) & 1);
      const rest = (index: number) => people.filter((name) => !some(index).includes(name));
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          ask.saveGroup(at(index), group, {
            members: some(index + round),
            readers: rest(index + round).slice(1),
          }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const shown = await bodyOf(ask.group(at(0), group), 200);
      const roles = new Map<string, string>(shown.members.map((each: any) => [each.user_name, each.role]));
      for (const name of people) {
        const role = roles.get(name);
        const expected = role === 'member' ? 'write' : role === 'reader' ? 'read' : 'nothing';
        expect([name, await folders.rights(name, path)]).toEqual([name, expected]);
      }
    }
  });

  it('who stops just before a write and wakes when it was taken back does not bring it back', async () => {
    const first = await fleet.add();
    const cases = await Promise.all(
      PAUSES.map(async (each) => {
        const [owner, user] = [await folders.person(at(0), 'owner'), await folders.person(at(1), 'sleeper')];
        const group = await folders.group(at(0), {});
        const place = { owner, user, group, path: await folders.folder(owner) };
        if (each.before) await bodyOf(each.before(second.service, place), 200);
        return { ...each, place };
      }),
    );
    const gates = cases.map(({ place: { user, group } }) => {
      const isWrite = (call: { method: string }) => call.method !== 'GET';
      return new Gate(first.proxy, (call) => isWrite(call) && [user, group].includes(subjectOf(call) ?? ''), {
        call: 1,
        side: 'before',
      });
    });
    const begun = cases.map(({ begun, place }) => begun(first.service, place).catch(() => undefined));
    const reached = gates.map((gate) => gate.reached);
    // a call that is held for two seconds is given up: the process must stop before
    await Promise.race([Promise.all(reached), Promise.race(reached).then(() => setTimeout(1500))]);
    first.service.pause();
    const held = gates.filter((gate) => gate.held.length > 0).length;
    console.log(`${cases.length} changes under way, ${held} held just before a write`);
    expect(held).toBeGreaterThan(cases.length / 2);
    const answers = await Promise.all(cases.map(({ revoked, place }) => revoked(second.service, place)));
    for (const { status } of answers) expect([200, 202, 204]).toContain(status);
    for (const gate of gates) gate.open();
    first.service.resume();
    await Promise.all(begun);
    const look = () =>
      Promise.all(cases.map(async ({ what, place }) => [what, await folders.rights(place.user, place.path)]));
    const wanted = cases.map(({ what, left }) => [what, left]);
    let seen: unknown;
    const same = async () => JSON.stringify((seen = await look())) === JSON.stringify(wanted);
    await waitFor('all that was taken back', same, { timeoutMs: CONVERGE_MS, everyMs: 250 }).catch(() =>
      expect(seen).toEqual(wanted),
    );
    await fleet.quiet();
    expect(await look()).toEqual(wanted);
    await first.service.stop();
  });
});
