import type { SubjectRow } from '../../../database/schema.js';
import type { MadminClient } from '../../../madmin/client.js';
import { MadminError } from '../../../madmin/errors.js';
import { parsePolicyName } from '../../../policy/names.js';
import { orNull } from '../../plan/observe.js';
import type { SweepStore } from '../sweep.store.js';
import type { Bulk } from '../bulk.js';
import type { ForeignResource } from './foreign-resources.js';
import { forEachConcurrently } from '../../../common/work/concurrency.js';

/** Foreign users and groups that are listed by name; the rest is counted. */
const MAX_SHOWN = 500;
const CONCURRENCY = 8;

/** MinIO users and groups without a row. */
export class ForeignPrincipals {
  readonly #users: Set<string>;
  /** How many are not shown. */
  more = 0;

  constructor(
    private readonly bulk: Bulk,
    private readonly ours: ReadonlySet<string>,
  ) {
    this.#users = new Set(bulk.users.keys());
  }

  /** This MinIO user or group has a row. */
  meet({ kind, principal }: SubjectRow): void {
    if (kind !== 'group') this.#users.delete(principal);
  }

  /** The remaining users and groups by name. Users may have come and gone meanwhile: MinIO was asked again about each one shown. */
  async confirmed(client: MadminClient, store: SweepStore): Promise<ForeignResource[]> {
    const known = await store.known([...this.#users]);
    const users = [...this.#users].filter((principal) => !known.has(principal)).sort();
    const things = this.groups(await this.bulk.groupPolicies);
    this.more = Math.max(0, users.length + things.length - MAX_SHOWN);
    things.length = Math.min(things.length, MAX_SHOWN);
    const shown = users.slice(0, MAX_SHOWN - things.length);
    const found = new Map<string, ForeignResource>();
    await forEachConcurrently(shown, CONCURRENCY, async (name) => {
      const user = await orNull(client.users.info(name)).catch((error: unknown) => {
        // MinIO lists the name but has no answer for it: show what the list says
        if (!(error instanceof MadminError) || error.retryable) throw error;
        return this.bulk.users.get(name) ?? null;
      });
      if (user) found.set(name, toThing('user', name, user.policies, user.status));
    });
    return [...shown.flatMap((name) => found.get(name) ?? []), ...things];
  }

  /** MinIO groups that have members or policies, and are not of this service. */
  private groups(groupPolicies: ReadonlyMap<string, readonly string[]>): ForeignResource[] {
    const names = new Set(groupPolicies.keys());
    for (const { groups } of this.bulk.users.values()) for (const name of groups) names.add(name);
    return [...names]
      .filter((name) => !this.ours.has(name))
      .sort()
      .map((name) => toThing('group', name, groupPolicies.get(name) ?? []));
  }
}

/** A user or group with a policy of this service is not simply foreign: its subject's row was lost, or somebody attached the policy. */
function toThing(
  kind: 'user' | 'group',
  name: string,
  policies: readonly string[],
  status?: string,
): ForeignResource {
  const had = policies.length > 0 ? `policies ${policies.join(', ')}` : 'no policies';
  const removable = false;
  if (policies.some((policy) => parsePolicyName(policy)))
    return { kind: 'mapping', name: `${kind} ${name}`, detail: `has no row here; ${had}`, removable };
  return { kind, name, detail: status ? `${status}, ${had}` : had, removable };
}
