import { Injectable, Logger } from '@nestjs/common';
import { GrantImport } from '../access/changes/grant-import.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { PlannedChange } from '../access/plan/planned-change.js';
import { Subjects } from '../access/subjects/subjects.js';
import type { RequestContext } from '../auth/authenticated.js';
import { Problem, reasonOf } from '../common/problems/problem.js';
import type { Executor, SubjectRow } from '../database/schema.js';
import type { Adopted } from './adopted.js';
import { Detachment } from './documents/detachment.js';
import { Imports } from './documents/imports.js';
import type { Named } from './documents/named.js';

/** Enforces one subject beside its foreign policies, makes grants of these, and detaches what is then covered. */
@Injectable()
export class Takeover {
  private readonly logger = new Logger('Adoption');

  constructor(
    private readonly enforcer: Enforcer,
    private readonly subjects: Subjects,
    private readonly ownDocuments: GrantImport,
    private readonly imports: Imports,
    private readonly detachment: Detachment,
  ) {}

  /** A failure concerns this subject only. Throws if MinIO is away, because then none can be enforced. */
  async run(item: Adopted, named: Named, context: RequestContext): Promise<void> {
    // nothing is asked for a subject that is managed already
    if (item.status === 'unchanged' && named.policies.length + (named.readers?.length ?? 0) === 0) {
      item.verdicts = item.row ? await this.detachment.verdicts(item.row, named, []) : [];
      return;
    }
    try {
      await this.underLease(item, named, context);
    } catch (error) {
      if (error instanceof Problem && error.code === 'storage_unavailable') throw error;
      const { code, detail } = reasonOf(error);
      this.logger.warn(`${item.kind} ${item.name} was adopted but is not enforced yet: ${code} (${detail})`);
      item.refusal = { code, message: detail };
    }
  }

  private async underLease(item: Adopted, named: Named, context: RequestContext): Promise<void> {
    const key = { kind: item.kind, name: item.name };
    await this.enforcer.exclusive(key, context.arrivedAt, async (lease) => {
      const found = await this.subjects.find(key);
      if (!found) return;
      const { candidate } = item;
      const attached = candidate?.kind === 'user' && item.status === 'adopted' ? candidate.attached : [];
      const restored = await this.ownDocuments.run(found, attached, context);
      const { row, imported } = await this.imports.run(restored, named, context);
      item.imported = imported;
      await this.enforcer.enforce(lease, row);
      item.verdicts = await this.detachment.verdicts(row, named, imported);
      await this.detachment.apply(row, item.verdicts, lease);
    });
  }

  /** The same for a plan, without MinIO: what changes for which subjects. */
  async rehearse(
    item: Adopted,
    named: Named,
    context: RequestContext,
    trx: Executor,
  ): Promise<readonly SubjectRow[]> {
    if (!item.row) return [];
    const { row, imported } = await this.imports.give(item.row, named, context, trx);
    item.imported = imported;
    item.verdicts = await this.detachment.verdicts(row, named, imported, trx);
    return item.status === 'adopted' || row !== item.row ? [row] : [];
  }

  /** The policies that would be detached, as changes of a plan. */
  async shown({ row, verdicts }: Adopted): Promise<PlannedChange[]> {
    if (!row) return [];
    const changes = await this.detachment.plan(row, verdicts);
    return changes.flatMap((change) =>
      change.change === 'set_policies' ? [shownOf(row, change, verdicts)] : [],
    );
  }
}

function shownOf(
  row: SubjectRow,
  { names, group }: { names: string[]; group?: string },
  verdicts: Adopted['verdicts'],
): PlannedChange {
  const gone = verdicts.filter((each) => each.why === undefined && each.group === group);
  return {
    change: 'set_policies',
    target: group === undefined ? `user ${row.principal}` : `group ${group}`,
    before: { policies: [...names, ...gone.map(({ policy_name }) => policy_name)] },
    after: { policies: names },
  };
}
