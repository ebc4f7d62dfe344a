import {
  ADMIN,
  EVERYONE,
  GROUPS,
  home,
  type Lists,
  type Operation,
  type Place,
  ROLES,
  USERS,
  type Wish,
} from './operations.js';
import type { Random } from './random.js';
import type { Reference } from './reference/reference.js';

/** What lies in a home and is shared: names that start alike, folders in folders, an object. */
const SHARED = [
  ['reports'],
  ['reports'],
  ['reports', '2024'],
  ['reports', 'q1.csv'],
  ['reports2'],
  ['data'],
  ['data', 'a'],
  ['data', 'a', 'b'],
];
/** What an administrator gives to groups beside. */
const GRANTED = [['reference'], ['reference', 'genomes'], ['reference', 'genomes2']];
/** Long enough to be used before it ends, short enough to be waited for. */
const SOON_MS = { least: 2000, most: 3000 };
const LATER_MS = 3_600_000;

/** How often each kind is drawn, out of the sum of all. */
const WEIGHTS: readonly (readonly [Operation['kind'], number])[] = [
  ['login', 7],
  ['rotate', 6],
  ['session', 8],
  ['end_sessions', 2],
  ['disable', 3],
  ['enable', 4],
  ['remove_user', 2],
  ['share', 24],
  ['unshare', 13],
  ['save_group', 11],
  ['join', 11],
  ['leave', 6],
  ['remove_group', 2],
  ['expire', 1],
];

/** Draws the next step: mostly one that does something, now and then one that must be refused. */
export function draw(random: Random, state: Reference): Operation {
  const kind = random.weighted(WEIGHTS);
  switch (kind) {
    case 'share':
      return drawShare(random, state);
    case 'unshare':
      return drawUnshare(random, state);
    case 'save_group':
      return drawGroup(random, state);
    case 'join': {
      const group = drawName(random, GROUPS, [...state.groups.keys()]);
      return {
        kind,
        by: asker(random, state, group),
        group,
        user: person(random, state),
        role: random.pick(ROLES),
      };
    }
    case 'leave': {
      const group = drawName(random, GROUPS, [...state.groups.keys()]);
      const user = drawName(random, USERS, [...(state.groups.get(group)?.keys() ?? [])]);
      return { kind, by: asker(random, state, group), group, user };
    }
    case 'remove_group':
      return { kind, group: drawName(random, GROUPS, [...state.groups.keys()]) };
    case 'expire':
      return { kind };
    case 'enable':
      return { kind, user: drawName(random, USERS, state.usersThatAre('disabled')) };
    case 'disable':
      return { kind, user: drawName(random, USERS, state.usersThatAre('active')) };
    case 'login':
      return { kind, user: random.pick(USERS) };
    default:
      return { kind, user: person(random, state) };
  }
}

function drawShare(random: Random, state: Reference): Operation {
  const owner = drawName(random, USERS, state.usersThatAre('active'));
  const users = random.some(USERS, 0.25);
  const groups = random.some([...GROUPS, EVERYONE], 0.2);
  if (users.length + groups.length === 0) users.push(person(random, state));
  const wish = drawWish(random, {
    segments: [...home(owner), ...random.pick(SHARED)],
    folder: random.chance(0.6),
  });
  return { kind: 'share', by: random.chance(0.2) ? ADMIN : owner, owner, wish, users, groups };
}

function drawUnshare(random: Random, state: Reference): Operation {
  const shares = [...state.grants.values()].filter(({ origin }) => origin === 'share');
  const share = shares.length > 0 && random.chance(0.9) ? random.pick(shares) : undefined;
  const segments = share?.segments ?? [...home(person(random, state)), ...random.pick(SHARED)];
  const owner = segments[1] ?? '';
  const place = { segments, folder: random.chance(0.5) };
  const request = { kind: 'unshare' as const, by: random.chance(0.2) ? ADMIN : owner, owner, place };
  if (random.chance(0.4)) return { ...request, users: [], groups: [] };
  const [kind, name = ''] = share?.grantee.split(':') ?? ['user', person(random, state)];
  const users = random.some(USERS, 0.15).filter((each) => each !== name);
  return kind === 'user'
    ? { ...request, users: [name, ...users], groups: [] }
    : { ...request, users, groups: [name] };
}

function drawGroup(random: Random, state: Reference): Operation {
  const group = random.pick(GROUPS);
  const by = state.groups.has(group)
    ? asker(random, state, group)
    : random.chance(0.9)
      ? ADMIN
      : person(random, state);
  const lists: Lists = {};
  const left = new Set(random.chance(0.85) ? state.users.keys() : USERS);
  for (const role of ROLES) {
    if (random.chance(0.45)) continue;
    const names = random.some([...left], 0.35);
    for (const name of names) left.delete(name);
    lists[role] = names;
  }
  const grants = random.chance(by === ADMIN ? 0.5 : 0.1) ? drawGrants(random) : undefined;
  return { kind: 'save_group', by, group, lists, ...(grants ? { grants } : {}) };
}

/** Nobody's places, and places in homes: also of users who are not there. */
function drawGrants(random: Random): Wish[] {
  const places = [...GRANTED, [...home(random.pick(USERS)), ...random.pick(SHARED)]];
  return random
    .some(places, 0.4)
    .map((segments) => drawWish(random, { segments, folder: random.chance(0.6) }));
}

function drawWish(random: Random, place: Place): Wish {
  const write = random.chance(0.4);
  if (random.chance(0.75)) return { ...place, write };
  const soon = SOON_MS.least + random.below(SOON_MS.most - SOON_MS.least);
  return { ...place, write, expiresInMs: random.chance(0.6) ? soon : LATER_MS };
}

/** Who changes a group: the administrator, an owner of it, or (rarely) somebody who may not. */
function asker(random: Random, state: Reference, group: string): string {
  const owners = [...(state.groups.get(group) ?? [])]
    .filter(([, role]) => role === 'owner')
    .map(([name]) => name);
  if (owners.length > 0 && random.chance(0.6)) return random.pick(owners);
  return random.chance(0.92) ? ADMIN : random.pick(USERS);
}

/** Mostly somebody who is there. */
function person(random: Random, state: Reference): string {
  return drawName(random, USERS, [...state.users.keys()]);
}

/** Mostly one of the likely names. */
function drawName(random: Random, all: readonly string[], likely: readonly string[]): string {
  return random.pick(likely.length > 0 && random.chance(0.93) ? likely : all);
}
