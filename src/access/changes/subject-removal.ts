import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { homePaths } from '../../policy/paths.js';
import { Subjects } from '../subjects/subjects.js';
import { AskedStore } from '../memberships/asked.store.js';
import { GrantsStore } from '../grants/grants.store.js';
import { MembershipsStore } from '../memberships/memberships.store.js';

/** Removes subjects from desired state, with all grants that they received or gave and their group memberships. */
@Injectable()
export class SubjectRemoval {
  constructor(
    private readonly subjects: Subjects,
    private readonly grants: GrantsStore,
    private readonly memberships: MembershipsStore,
    private readonly asked: AskedStore,
    private readonly config: AppConfig,
  ) {}

  /** Marks the subject as being removed and takes all its access and what it shared. Returns every affected subject. */
  async begin(row: SubjectRow, actor: Actor, trx: Executor): Promise<SubjectRow[]> {
    const change = { status: 'removing', endSessions: true, endAccessKeys: true } as const;
    const event = { actor, action: `${row.kind}.removal_requested` };
    const removing = await this.subjects.change(row, change, ['active', 'disabled'], event, trx);
    // somebody else removes it: that removal is waited for
    if (!removing) return [row];
    const grantees = await this.grants.removeAllOf(row.id, this.ownedBy(row), trx);
    const groups = await this.memberships.removeAllOf(row.id, trx);
    await this.asked.forget(row.id, trx);
    const others = await this.subjects.incrementGeneration(
      [...grantees, ...groups].map((id) => ({ id, revoking: true })),
      trx,
    );
    return [removing, ...others];
  }

  private ownedBy({ kind, name, prefix }: SubjectRow): { bucket: string; prefix: string }[] {
    const { lake, products } = this.config;
    if (kind === 'user') return homePaths(lake, name);
    return prefix === null ? [] : [{ bucket: products.bucket, prefix }];
  }
}
