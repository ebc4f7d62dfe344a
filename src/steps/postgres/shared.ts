import { brokenRule, Problem } from '../../common/problems/problem.js';
import { MissingThings, type Thing } from '../../common/problems/missing-things.js';
import type { AskContext, Operation, ProvisionResult } from '../../provisioning/kinds/kind.js';
import type { Postgres } from '../../targets/postgres/postgres.js';

const OWN = new Set(['postgres', 'template0', 'template1', 'public', 'none']);

/** The comment of what a provision has created: a repetition after a crash recognizes it. */
export function markOf(provisionId: string): string {
  return `Made by minio-manager, provision ${provisionId}`;
}

/** Refuses the names of what every server has. */
export function refuseOwn(field: string, ...names: readonly (string | undefined)[]): void {
  const own = names.find((name) => name !== undefined && OWN.has(name));
  if (own !== undefined) throw brokenRule(field, `must not be ${own}, which every server has`);
}

/** A database or a role, as steps name it to each other. */
export function thingOn(
  { name: server }: Pick<Postgres, 'name'>,
  kind: 'database' | 'role',
  name: string,
): Thing {
  return { kind, name: `${name} of ${server}` };
}

/** The problem that a database or role is not there. */
export function noThing(
  server: Postgres,
  field: string,
  kind: 'database' | 'role',
  name: string,
): MissingThings {
  return new MissingThings(brokenRule(field, `there is no ${kind} ${name}`), [thingOn(server, kind, name)]);
}

/** Throws what is wrong, unless only things are missing that will be there by then. */
export function refuseUnlessExpected(
  problems: readonly (MissingThings | undefined)[],
  { expected }: AskContext,
): void {
  const wrong = problems.find((each) => each !== undefined && !expected?.solves(each));
  if (wrong) throw wrong;
}

/** What an undo did with one part; `stays`: why it is still there. */
export function removal(done: Operation, stays: string | undefined): Operation {
  const { entitlement } = done;
  if (stays === undefined) return { entitlement, action: 'remove', status: 'done' };
  return { entitlement, action: 'remove', status: 'skipped', message: stays };
}

/** Whether a step wants a thing to be there. */
export type State = 'present' | 'absent';

/** Refuses a wish about something that is to be removed. */
export function refuseWishes(state: State, hasWishes: boolean): void {
  if (state === 'absent' && hasWishes)
    throw brokenRule('state', 'must be present with anything but target and name');
}

/** Throws `not_possible` if the thing stays; `stays`: why. */
export function requireRemovable(
  { type, id }: { type: string; id: string },
  stays: string | undefined,
): void {
  if (stays !== undefined) throw new Problem('not_possible', `The ${type} ${id} stays: ${stays}`);
}

/**
 * The result of a step that removes a thing; `there`: whether it was there, and `stays`: why it could not be removed. Throws `not_possible` if
 * it stays.
 */
export function removalResult(
  entitlement: { type: string; id: string; target: string },
  there: boolean,
  stays: string | undefined,
): ProvisionResult {
  requireRemovable(entitlement, stays);
  const status = there ? 'done' : 'skipped';
  return { operations: [{ entitlement, action: 'remove', status }] };
}
