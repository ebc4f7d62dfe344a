import { Injectable } from '@nestjs/common';
import type { PlannedChange } from '../access/plan/planned-change.js';
import { Removal } from '../access/changes/removal.js';
import { AccessWriter, type Work, type Written } from '../access/changes/writer.js';
import { Subjects } from '../access/subjects/subjects.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { personOf, type RequestActor } from '../auth/authenticated.js';
import { Problem } from '../common/problems/problem.js';
import { GroupChanges, type GroupSaved, type NewMember } from './group-changes.js';
import type { GroupWish } from './group-requests.js';

/** Groups as their owners and administrators change them. */
@Injectable()
export class Groups {
  constructor(
    private readonly writer: AccessWriter,
    private readonly changes: GroupChanges,
    private readonly removal: Removal,
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
  ) {}

  /** Makes or changes a group. A new one whose name cannot be checked, because MinIO is away, is checked when MinIO is back. */
  async save(name: string, wish: GroupWish, actor: RequestActor, tag?: string): Promise<Written<GroupSaved>> {
    const unchecked = !(await this.requireNotForeign(name, actor).then(() => true, unlessAway));
    return this.writer.write(actor.arrivedAt, this.changes.save(name, wish, actor, { tag, unchecked }));
  }

  async planSave(name: string, wish: GroupWish, actor: RequestActor, tag?: string): Promise<PlannedChange[]> {
    await this.requireNotForeign(name, actor);
    return this.writer.dryRun(
      this.changes.save(name, wish, actor, { tag, unchecked: false }),
      personOf(actor),
    );
  }

  /** The value is the group's new tag. */
  addMember(name: string, member: NewMember, actor: RequestActor, tag?: string): Promise<Written<string>> {
    return this.writer.write(actor.arrivedAt, this.changes.addMember(name, member, actor, tag));
  }

  planAddMember(
    name: string,
    member: NewMember,
    actor: RequestActor,
    tag?: string,
  ): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.changes.addMember(name, member, actor, tag), personOf(actor));
  }

  /** The value is the group's new tag. */
  removeMember(name: string, user: string, actor: RequestActor, tag?: string): Promise<Written<string>> {
    return this.writer.write(actor.arrivedAt, this.changes.removeMember(name, user, actor, tag));
  }

  planRemoveMember(name: string, user: string, actor: RequestActor, tag?: string): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.changes.removeMember(name, user, actor, tag), personOf(actor));
  }

  /** The group, its policies and what was shared with it go; its members keep what is their own. One that is not there is fine. */
  async remove(name: string, actor: RequestActor): Promise<{ enforced: boolean }> {
    const key: SubjectKey = { kind: 'group', name };
    const row = await this.subjects.find(key);
    if (row?.name === name && row.status === 'removing')
      return { enforced: await this.enforcer.settle(key, actor.arrivedAt) };
    const { enforced } = await this.writer.write(actor.arrivedAt, this.removing(key, actor));
    return { enforced };
  }

  planRemoval(name: string, actor: RequestActor): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.removing({ kind: 'group', name }, actor));
  }

  private removing(key: SubjectKey, actor: RequestActor): Work<undefined> {
    return async (trx) => {
      const row = await this.subjects.find(key, trx);
      const touched = row?.name === key.name ? await this.removal.begin(row, actor, trx) : [];
      return { value: undefined, touched };
    };
  }

  /** A new group must not take over one that somebody made in MinIO. Asked before the transaction: MinIO may be slow. */
  private async requireNotForeign(name: string, actor: RequestActor): Promise<void> {
    const key: SubjectKey = { kind: 'group', name };
    if (!actor.caller.admin || (await this.subjects.find(key))) return;
    if (await this.enforcer.isForeignGroup(key))
      throw new Problem('name_taken', 'MinIO has a group of this name that this service does not manage');
  }
}

/** False for a MinIO that does not answer; every other failure goes on. */
function unlessAway(error: unknown): false {
  if (error instanceof Problem && error.code === 'storage_unavailable') return false;
  throw error;
}
