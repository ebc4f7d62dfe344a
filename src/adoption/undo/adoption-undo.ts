import { Injectable } from '@nestjs/common';
import { ForeignRemoval } from '../../access/drift/foreign/removal.js';
import { Enforcer } from '../../access/enforce/enforcer.js';
import type { PlannedChange } from '../../access/plan/planned-change.js';
import type { SubjectKey } from '../../access/subjects/subject-key.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { isInSync } from '../../access/subjects/subject-state.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { busy } from '../../common/turns/keyed-queue.js';
import type { AdoptionRow, SubjectRow } from '../../database/schema.js';
import { AdoptionsStore } from '../adoptions.store.js';
import { Restoration } from './restoration.js';

/** Gives an adopted user or group back: MinIO holds it as before, and this service forgets it. */
@Injectable()
export class AdoptionUndo {
  constructor(
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly removal: ForeignRemoval,
    private readonly restoration: Restoration,
    private readonly store: AdoptionsStore,
  ) {}

  /** What {@link run} would do in MinIO. */
  async plan(key: SubjectKey): Promise<PlannedChange[]> {
    const found = await this.find(key);
    return found ? (await this.restoration.plan(found.row, found.adoption)).map(({ shown }) => shown) : [];
  }

  /**
   * MinIO first: after a crash in between, the row attaches the policies of this service again, and the call is repeated. What is detached
   * is attached in the same write in which the policies of this service go, so that no request is refused.
   */
  async run(key: SubjectKey, context: RequestContext): Promise<void> {
    if (!(await this.find(key))) return;
    await this.enforcer.exclusive(key, context.arrivedAt, async (lease) => {
      const found = await this.find(key);
      if (!found) return;
      if (!isInSync(found.row)) throw busy();
      const steps = await this.restoration.plan(found.row, found.adoption);
      await this.removal.apply(
        found.row,
        steps.map(({ change }) => change),
        lease,
      );
      const isForgotten = await this.subjects.forget(found.row, context, `${key.kind}.adoption_undone`);
      if (!isForgotten) throw busy();
      await this.store.forget(found.row.id);
    });
  }

  private async find(key: SubjectKey): Promise<{ row: SubjectRow; adoption: AdoptionRow } | undefined> {
    const row = await this.subjects.find(key);
    const adoption = row?.name === key.name ? await this.store.find(row.id) : undefined;
    return row && adoption && row.status !== 'removing' ? { row, adoption } : undefined;
  }
}
