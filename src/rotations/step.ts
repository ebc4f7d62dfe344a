import { Injectable } from '@nestjs/common';
import { Enforcer } from '../access/enforce/enforcer.js';
import { Subjects } from '../access/subjects/subjects.js';
import { isInSync } from '../access/subjects/subject-state.js';
import type { Actor } from '../common/caller.js';
import { Projects } from '../data-products/upkeep/projects.js';
import { Database, type RotationRow, type RotationSubjectRow, type SubjectRow } from '../database/schema.js';
import { StepsStore } from './steps.store.js';

const LIVE: SubjectRow['status'][] = ['active', 'disabled'];

/** The run was cancelled: nothing more is begun. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded';

  constructor() {
    super('The run has ended');
  }
}

/** One subject of a rotation. */
export interface StepOf {
  rotation: RotationRow;
  target: RotationSubjectRow;
  actor: Actor;
}

/** Rotates the secret of one subject of a run, once. It may be interrupted anywhere and repeated. */
@Injectable()
export class Step {
  constructor(
    private readonly db: Database,
    private readonly store: StepsStore,
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly projects: Projects,
  ) {}

  /** Throws {@link RunEnded} if the run was cancelled. */
  async run(step: StepOf): Promise<void> {
    const { target } = step;
    const key = { kind: target.kind, name: target.name };
    await this.enforcer.exclusive(key, performance.now(), async (lease) => {
      const found = await this.subjects.find(key);
      if (!found || found.id !== target.subject_id || !LIVE.includes(found.status))
        return this.store.close(target, { outcome: 'skipped', code: 'removed' });
      // a secret that MinIO cannot get now is not replaced: the old one goes on working
      const observed = await this.enforcer.observe(key);
      const row = await this.decide(found, step);
      if (row && !isInSync(row)) await this.enforcer.enforce(lease, row, { observed });
      // the programs of a product read their keys there
      if (row?.kind === 'data_product') await this.projects.renewKeys(row.name);
      return row
        ? this.store.finish(target)
        : this.store.close(target, { outcome: 'skipped', code: 'removed' });
    });
  }

  /** The row with its new secret. What was decided before is not done again. Undefined: it has just been removed. */
  private decide(row: SubjectRow, { rotation, target, actor }: StepOf): Promise<SubjectRow | undefined> {
    return this.db.transaction().execute(async (trx) => {
      if (!(await this.store.isRunning(rotation.id, trx))) throw new RunEnded();
      // the first login of an adopted user, or a rotation of the user's own, came after the request
      const isNew = row.rotated_at > rotation.created_at && !row.foreign_secret;
      if (!(await this.store.decide(target, isNew ? 'already_new' : 'rotated', trx))) return row;
      const isUser = row.kind === 'user';
      const endSessions = isUser && rotation.revoke_sessions;
      const endAccessKeys = isUser && rotation.revoke_access_keys;
      if (isNew && !endSessions && !endAccessKeys) return row;
      const event = {
        actor,
        action: isNew ? 'credentials.revoked' : 'credentials.rotated',
        detail: {
          rotated: !isNew,
          revoke_sessions: endSessions,
          revoke_access_keys: endAccessKeys,
          rotation_id: rotation.id,
        },
      };
      return this.subjects.change(row, { rotate: !isNew, endSessions, endAccessKeys }, LIVE, event, trx);
    });
  }
}
