import { Injectable } from '@nestjs/common';
import type { ForeignPolicy } from '../../access/explain/foreign-access.js';
import { type GrantSpec, Grants } from '../../access/grants/grants.js';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { Targets } from '../../access/subjects/targets.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { AppConfig } from '../../config/app-config.js';
import { Database, type Executor, type SubjectRow } from '../../database/schema.js';
import { importable } from '../../policy/foreign/importable.js';
import { isGrantable } from '../../policy/grants/grantable.js';
import type { PolicyGrant } from '../../policy/grants/grants.js';
import { formatPath, homeOwner, homePaths, isCovered, type LakePath } from '../../policy/paths.js';
import type { Named } from './named.js';

/** A grant that a foreign policy amounts to; `why`: why it was not given. */
export interface Imported {
  policy_name: string;
  path: string;
  permission: 'read' | 'write';
  why?: string;
}

/** What was given, and the subject's row as it is then. */
export interface Given {
  row: SubjectRow;
  imported: Imported[];
}

/** Makes grants of what foreign policies give, in the caller's transaction. */
@Injectable()
export class Imports {
  constructor(
    private readonly grants: Grants,
    private readonly subjects: Subjects,
    private readonly targets: Targets,
    private readonly config: AppConfig,
    private readonly db: Database,
  ) {}

  /** {@link give} in a transaction of its own. */
  run(row: SubjectRow, named: Named, context: RequestContext): Promise<Given> {
    return this.db.transaction().execute((trx) => this.give(row, named, context, trx));
  }

  /** Gives what the subject does not have yet; a grant that it has stays as it is. Returns its row as it is then. */
  async give(row: SubjectRow, named: Named, context: RequestContext, trx: Executor): Promise<Given> {
    const found = this.needed(row, named);
    if (found.length === 0) return { row, imported: [] };
    const owners = await this.lock(row, found, trx);
    const held = await this.grants.of(row, trx);
    const imported: Imported[] = [];
    let given = 0;
    for (const { policy, grant } of found) {
      const shown = {
        policy_name: policy.policy_name,
        path: formatPath(grant),
        permission: grant.permission,
      };
      const why = this.refusalOf(grant, owners) ?? readersRefusal(grant, named);
      if (why !== undefined) imported.push({ ...shown, why });
      if (why !== undefined || held.some((each) => gives(each, grant))) continue;
      const owner = owners.get(homeOwner(grant, this.config.lake) ?? '') ?? null;
      const spec = specOf({ row, owner, grant, policy }, context);
      const { outcome } = await this.grants.grant(row, owner, spec, trx);
      if (outcome === 'too_many') imported.push({ ...shown, why: 'There are too many grants in that home.' });
      else imported.push(shown);
      if (outcome === 'granted' || outcome === 'changed') given++;
    }
    return { row: given > 0 ? await this.record(row, imported, context, trx) : row, imported };
  }

  /** What the policies amount to, without what the user owns anyway. */
  private needed(row: SubjectRow, { policies }: Named): { policy: ForeignPolicy; grant: PolicyGrant }[] {
    const homes = row.kind === 'user' ? homePaths(this.config.lake, row.name) : [];
    const principal = row.kind === 'user' ? row.principal : undefined;
    return policies.flatMap((policy) =>
      importable(policy.document, principal)
        .filter((grant) => !homes.some((home) => isCovered(grant, home)))
        .map((grant) => ({ policy, grant })),
    );
  }

  /** The subject and the owners of the homes, by name, locked. */
  private async lock(
    row: SubjectRow,
    found: readonly { grant: PolicyGrant }[],
    trx: Executor,
  ): Promise<Map<string, SubjectRow>> {
    const names = new Set(found.flatMap(({ grant }) => homeOwner(grant, this.config.lake) ?? []));
    const keys = [...names].map((name): SubjectKey => ({ kind: 'user', name }));
    const { targets } = await this.targets.lock(keys, trx, [{ kind: row.kind, name: row.name }]);
    return new Map(targets.flatMap(({ key, row: owner }) => (owner ? [[key.name, owner] as const] : [])));
  }

  private refusalOf(grant: PolicyGrant, owners: ReadonlyMap<string, SubjectRow>): string | undefined {
    const owner = homeOwner(grant, this.config.lake);
    if (owner !== undefined && !owners.has(owner))
      return `${formatPath(grant)} lies in the home of ${owner}, who is not a user of this service: name ${owner} in "users", too.`;
    if (owner !== undefined || isGrantable(grant.bucket, this.config.lake)) return undefined;
    return `${grant.bucket} is not one of GRANTABLE_BUCKETS.`;
  }

  private async record(
    row: SubjectRow,
    imported: readonly Imported[],
    context: RequestContext,
    trx: Executor,
  ): Promise<SubjectRow> {
    const paths = imported.filter(({ why }) => why === undefined).map(({ path }) => path);
    const detail = { paths: paths.slice(0, 100), count: paths.length };
    await this.subjects.record(row, context, { action: 'grants.imported', detail }, trx);
    const [changed] = await this.subjects.incrementGeneration([{ id: row.id, revoking: false }], trx);
    return changed ?? row;
  }
}

interface Found {
  row: SubjectRow;
  owner: SubjectRow | null;
  grant: PolicyGrant;
  policy: ForeignPolicy;
}

/** In a home it is a share, which its owner can end. */
function specOf({ row, owner, grant, policy }: Found, context: RequestContext): GrantSpec {
  const { bucket, prefix, folder, permission } = grant;
  const outside = row.kind === 'group' ? 'group' : 'adopted';
  return {
    path: { bucket, prefix, folder },
    permission,
    expiresAt: null,
    reason: `taken over from the policy ${policy.policy_name}`,
    origin: owner ? 'share' : outside,
    grantedBy: owner?.name ?? context.name,
  };
}

/** Readers get what their group has, for reading: they must have had it before. */
function readersRefusal(grant: PolicyGrant, { ofReaders }: Named): string | undefined {
  if (
    !ofReaders ||
    ofReaders.some(({ document }) => importable(document).some((each) => isCovered(grant, each)))
  )
    return undefined;
  return `The readers of the group could not read ${formatPath(grant)} before.`;
}

function gives(
  held: Pick<LakePath, 'bucket' | 'prefix'> & { permission: string; expires_at: Date | null },
  grant: PolicyGrant,
): boolean {
  const enough = held.permission === 'write' || grant.permission === 'read';
  const isSame = held.bucket === grant.bucket && held.prefix === grant.prefix;
  // what somebody gave here on exactly this path is not changed
  return isSame || (enough && held.expires_at === null && isCovered(grant, held));
}
