import { Injectable } from '@nestjs/common';
import { DesiredState } from '../../access/desired/desired-state.js';
import type { WantedDocuments } from '../../access/desired/desired.js';
import { ForeignRemoval } from '../../access/drift/foreign/removal.js';
import type { SubjectLease } from '../../access/leases/leases.js';
import type { ForeignPolicy } from '../../access/explain/foreign-access.js';
import type { Change } from '../../access/plan/changes.js';
import type { Executor, SubjectRow } from '../../database/schema.js';
import type { PolicyDocument } from '../../madmin/types.js';
import { uncovered } from '../../policy/foreign/uncovered.js';
import { AdoptionsStore } from '../adoptions.store.js';
import { Attachments } from './attachments.js';
import type { Imported } from './imports.js';
import type { Named } from './named.js';

/** A foreign policy, and why it stays attached; without `why` it is detached. */
export interface Verdict {
  policy_name: string;
  /** The MinIO group that has it; absent for a user's own. */
  group?: string;
  document: ForeignPolicy['document'];
  why?: string;
}

/** Detaches foreign policies that give nothing which the documents of this service do not give, too. */
@Injectable()
export class Detachment {
  constructor(
    private readonly desired: DesiredState,
    private readonly removal: ForeignRemoval,
    private readonly attachments: Attachments,
    private readonly store: AdoptionsStore,
  ) {}

  /** Of each foreign policy: whether what should hold of the subject covers it. `imported` says why something was not taken over. */
  async verdicts(
    row: SubjectRow,
    { policies, readers = [], others }: Named,
    imported: readonly Imported[],
    db?: Executor,
  ): Promise<Verdict[]> {
    const desired = await this.desired.of(row, db);
    const halves =
      desired.kind === 'user'
        ? { main: documentsIn(desired.documents), readers: [] }
        : { main: documentsIn(desired.main.documents), readers: documentsIn(desired.readers?.documents) };
    const isFrozen = row.kind === 'user' && row.status === 'disabled';
    const principal = row.kind === 'user' ? row.principal : undefined;
    const judge = (policy: ForeignPolicy, ours: readonly PolicyDocument[]): Verdict => {
      const refused = imported.find(({ policy_name, why }) => policy_name === policy.policy_name && why);
      const why = isFrozen
        ? 'The user is disabled, and MinIO does not change what is attached to a disabled user.'
        : uncovered(policy.document, ours, principal);
      return { ...policy, ...(why === undefined ? {} : { why: refused?.why ?? why }) };
    };
    return [
      ...policies.map((policy) => judge(policy, halves.main)),
      ...readers.map((policy) => judge(policy, halves.readers)),
      ...others.map((policy) => ({ ...policy, why: 'The request does not name it in "import_policies".' })),
    ];
  }

  /** The changes in MinIO. */
  async plan(row: SubjectRow, verdicts: readonly Verdict[]): Promise<Change[]> {
    const changes: Change[] = [];
    for (const [group, policies] of Map.groupBy(covered(verdicts), (each) => each.group)) {
      const gone = new Set(policies.map(({ policy_name }) => policy_name));
      const attached = await this.attachments.of(row, group);
      const names = attached.filter((name) => !gone.has(name));
      if (names.length < attached.length)
        changes.push({ change: 'set_policies', names, ...(group === undefined ? {} : { group }) });
    }
    return changes;
  }

  /** Under the subject's lease, once MinIO holds what should hold. */
  async apply(row: SubjectRow, verdicts: readonly Verdict[], lease: SubjectLease): Promise<void> {
    const changes = await this.plan(row, verdicts);
    if (changes.length === 0) return;
    const detached = covered(verdicts).map(({ policy_name, group }) => ({
      policy_name,
      ...(group === undefined ? {} : { group }),
    }));
    await this.store.detached(row.id, detached);
    await this.removal.apply(row, changes, lease);
  }
}

function covered(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter(({ why }) => why === undefined);
}

function documentsIn(documents: WantedDocuments | undefined): PolicyDocument[] {
  return [...(documents?.values() ?? [])].map(({ document }) => document);
}
