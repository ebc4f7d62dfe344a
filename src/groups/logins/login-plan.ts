import type { LoginGroup, LoginGroups } from '../../common/caller.js';
import type { GivenGroup } from '../../database/tables/membership-tables.js';

/** What must be done about a person's memberships so that they follow a login. */
export interface LoginPlan {
  /** Named now and not given before, or given in a former group of that name. */
  give: GivenGroup[];
  /** Given before with another role. */
  change: GivenGroup[];
  /** Given before and not named any more. */
  end: GivenGroup[];
  /** Named, but there is no such group. */
  missing: LoginGroup[];
  /** All that logins have given afterwards. */
  given: GivenGroup[];
}

/**
 * Compares what a login names with what logins gave. `ids`: the groups that exist, by name. What a person took away stays in `given`: it is
 * given again only after a login without it.
 */
export function planLogin(
  named: readonly LoginGroup[],
  given: readonly GivenGroup[],
  ids: ReadonlyMap<string, string>,
): LoginPlan {
  const live = new Map(
    given.filter(({ group, group_id }) => ids.get(group) === group_id).map((each) => [each.group, each]),
  );
  const names = new Set(named.map(({ group }) => group));
  const plan: LoginPlan = { give: [], change: [], end: [], missing: [], given: [] };
  for (const each of named) {
    const id = ids.get(each.group);
    if (id === undefined) {
      plan.missing.push(each);
      continue;
    }
    const now = { ...each, group_id: id };
    const before = live.get(each.group);
    if (!before) plan.give.push(now);
    else if (before.role !== each.role) plan.change.push(now);
    plan.given.push(now);
  }
  plan.end.push(...[...live.values()].filter(({ group }) => !names.has(group)));
  return plan;
}

export function isNothing({ give, change, end }: LoginPlan): boolean {
  return give.length + change.length + end.length === 0;
}

/** Whether the person would lose all that logins gave, and get nothing instead. */
export function isTotalLoss({ given, end }: LoginPlan): boolean {
  return given.length === 0 && end.length > 0;
}

function isSameNamed(a: readonly LoginGroup[], b: readonly LoginGroup[]): boolean {
  const roles = new Map(a.map(({ group, role }) => [group, role]));
  return a.length === b.length && b.every(({ group, role }) => roles.get(group) === role);
}

/** How long the same login must name no groups before that counts, in milliseconds. */
export const SECOND_ANSWER_MS = 300_000;

/** The first answer without groups. */
export interface FirstEmpty {
  waits: 'second_answer' | 'brake' | null;
  waitedMs: number | null;
  emptyBy: string | null;
}

/** Whether an answer without groups confirms an earlier one: of another login, or of the same one some minutes before. */
export function confirmsEmpty({ waits, waitedMs, emptyBy }: FirstEmpty, by: string): boolean {
  if (waits === null || waitedMs === null) return false;
  return waits === 'brake' || emptyBy !== by || waitedMs >= SECOND_ANSWER_MS;
}

/** The brake: people who may lose all groups of their logins within a day, in a share of those who have some, but at least two. */
const BRAKE_SHARE = 0.2;
const BRAKE_LEAST = 2;

/** Whether one more person may lose all groups. `lost`: those who did within a day; `holding`: those who have some or lost them then. */
export function mayLoseAll({ lost, holding }: { lost: number; holding: number }): boolean {
  return lost + 1 <= Math.max(BRAKE_LEAST, Math.floor(holding * BRAKE_SHARE));
}

/** What is known of a person's logins when another one comes. */
export interface KnownLogin extends FirstEmpty {
  named: readonly LoginGroup[];
  given: readonly GivenGroup[];
  asOf: number | undefined;
  ids: ReadonlyMap<string, string>;
}

/** How a login is read. `by`: a digest of its token. `issued`: its groups are of the time when the token was issued, not of now. */
export interface LoginTerms {
  by: string;
  dryRun: boolean;
  issued: boolean;
}

/** `note`: record what it says; `wait`: it names no groups, which another answer must confirm; `apply`: memberships change. */
export type LoginStep = 'nothing' | 'note' | 'wait' | 'apply';

/** What a login requires. An earlier login than the known one says nothing. */
export function stepOf(known: KnownLogin, login: LoginGroups, { by, dryRun, issued }: LoginTerms): LoginStep {
  if (known.asOf !== undefined && login.asOf < known.asOf) return 'nothing';
  const plan = planLogin(login.groups, known.given, known.ids);
  const isSame = known.asOf !== undefined && isSameNamed(known.named, login.groups);
  if (dryRun || isNothing(plan)) {
    const isLater = issued && known.asOf !== login.asOf;
    return isSame && known.waits === null && !isLater ? 'nothing' : 'note';
  }
  if (!isTotalLoss(plan) || !login.nothing || confirmsEmpty(known, by)) return 'apply';
  return isSame && known.waits ? 'nothing' : 'wait';
}
