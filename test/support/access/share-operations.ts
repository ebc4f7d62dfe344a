import { ask, bodyOf } from '../service/fleet.js';
import type { Answer, Service } from '../service/service.js';

/** Who takes part in one operation on one folder; each in nothing else. */
export interface Cast {
  owner: string;
  first: string;
  second: string;
  group: string;
  /** The folder as the API is told it. */
  path: string;
}

export type Part = 'first' | 'second';
/** `begins`: once there, it stays. `ends`: once gone, it stays gone. `wavers`: it may be gone for a moment. */
export type Course = 'never' | 'begins' | 'stays' | 'ends' | 'wavers';

/** Something that changes who reaches the folder of a cast. */
export interface ShareOperation {
  name: string;
  /** Makes what is there before. */
  before?(service: Service, cast: Cast): Promise<unknown>;
  act(service: Service, cast: Cast): Promise<Answer>;
  /** How the rights of each in the folder go; nobody ever has anything else. */
  read: Record<Part, Course>;
  write: Record<Part, Course>;
  /** What is no longer there in the end. */
  gone?(cast: Cast): { user?: string; group?: string };
}

const both = (first: Course, second: Course) => ({ first, second });

const withUser = (service: Service, { owner, first, path }: Cast) =>
  ask.share(service, owner, { path, with_users: [first] });
const withGroup =
  (permission: 'read' | 'write') =>
  (service: Service, { owner, group, path }: Cast) =>
    ask.share(service, owner, { path, with_groups: [group], permission });
const madeOf =
  (members: ('first' | 'second')[], readers: ('first' | 'second')[]) => (service: Service, cast: Cast) =>
    ask.saveGroup(service, cast.group, {
      members: members.map((part) => cast[part]),
      readers: readers.map((part) => cast[part]),
    });

/** The group, and the folder is shared with it for writing. */
const sharedWith =
  (...parts: Parameters<typeof madeOf>) =>
  async (service: Service, cast: Cast) => {
    await bodyOf(madeOf(...parts)(service, cast), 201);
    await bodyOf(withGroup('write')(service, cast), 200);
  };
const readerToo = sharedWith(['first'], ['second']);

/** Everything that changes who reaches a folder, with a user and with a group that has readers. */
export const OPERATIONS: ShareOperation[] = [
  {
    ...{ name: 'share with a user', act: withUser },
    ...{ read: both('begins', 'never'), write: both('never', 'never') },
  },
  {
    name: 'share with a group that has readers',
    before: (service, cast) => bodyOf(madeOf(['first'], ['second'])(service, cast), 201),
    act: withGroup('write'),
    ...{ read: both('begins', 'begins'), write: both('begins', 'never') },
  },
  {
    ...{ name: 'less for a group that has readers', before: readerToo, act: withGroup('read') },
    ...{ read: both('stays', 'stays'), write: both('ends', 'never') },
  },
  {
    name: 'unshare from everybody',
    async before(service, cast) {
      await readerToo(service, cast);
      await bodyOf(withUser(service, cast), 200);
    },
    act: (service, { owner, path }) => ask.unshare(service, owner, { path }),
    ...{ read: both('ends', 'ends'), write: both('ends', 'never') },
  },
  {
    ...{ name: 'member out, reader in', before: sharedWith(['first'], []), act: madeOf([], ['second']) },
    ...{ read: both('ends', 'begins'), write: both('ends', 'never') },
  },
  {
    name: 'member becomes reader',
    before: sharedWith(['first', 'second'], []),
    act: madeOf(['second'], ['first']),
    ...{ read: both('wavers', 'stays'), write: both('ends', 'stays') },
  },
  {
    ...{ name: 'group delete', before: readerToo },
    act: (service, { group }) => ask.removeGroup(service, group),
    ...{ read: both('ends', 'ends'), write: both('ends', 'never') },
    gone: ({ group }) => ({ group }),
  },
  {
    name: 'delete of a user who shared',
    async before(service, cast) {
      await readerToo(service, cast);
      await bodyOf(withUser(service, cast), 200);
    },
    act: (service, { owner }) => ask.remove(service, owner),
    ...{ read: both('ends', 'ends'), write: both('ends', 'never') },
    gone: ({ owner }) => ({ user: owner }),
  },
  {
    name: 'delete of a user who was shared with',
    async before(service, cast) {
      await readerToo(service, cast);
      await bodyOf(withUser(service, cast), 200);
    },
    act: (service, { first }) => ask.remove(service, first),
    ...{ read: both('ends', 'stays'), write: both('ends', 'never') },
    gone: ({ first }) => ({ user: first }),
  },
];
