import { Injectable } from '@nestjs/common';
import type { PlannedChange } from '../access/plan/planned-change.js';
import { SubjectRemoval } from '../access/changes/subject-removal.js';
import { AccessWriter, type Mutation, type WriteResult } from '../access/changes/writer.js';
import { Subjects } from '../access/subjects/subjects.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import { personOf, type RequestContext } from '../auth/authenticated.js';
import { Problem } from '../common/problems/problem.js';
import { GroupChanges, type GroupSaved, type NewMember } from './group-changes.js';
import type { GroupSpec } from './group-requests.js';

/** Changes of groups by owners and administrators. */
@Injectable()
export class Groups {
  constructor(
    private readonly writer: AccessWriter,
    private readonly changes: GroupChanges,
    private readonly removal: SubjectRemoval,
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
  ) {}

  /** Creates or changes a group. If MinIO is away, the name of a new group is checked when MinIO is back. */
  async save(
    name: string,
    spec: GroupSpec,
    context: RequestContext,
    tag?: string,
  ): Promise<WriteResult<GroupSaved>> {
    const unchecked = !(await this.requireNotForeign(name, context).then(() => true, unlessAway));
    return this.writer.write(context.arrivedAt, this.changes.save(name, spec, context, { tag, unchecked }));
  }

  async planSave(
    name: string,
    spec: GroupSpec,
    context: RequestContext,
    tag?: string,
  ): Promise<PlannedChange[]> {
    await this.requireNotForeign(name, context);
    return this.writer.dryRun(
      this.changes.save(name, spec, context, { tag, unchecked: false }),
      personOf(context),
    );
  }

  /** Returns the group's new tag. */
  addMember(
    name: string,
    member: NewMember,
    context: RequestContext,
    tag?: string,
  ): Promise<WriteResult<string>> {
    return this.writer.write(context.arrivedAt, this.changes.addMember(name, member, context, tag));
  }

  planAddMember(
    name: string,
    member: NewMember,
    context: RequestContext,
    tag?: string,
  ): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.changes.addMember(name, member, context, tag), personOf(context));
  }

  /** Returns the group's new tag. */
  removeMember(
    name: string,
    user: string,
    context: RequestContext,
    tag?: string,
  ): Promise<WriteResult<string>> {
    return this.writer.write(context.arrivedAt, this.changes.removeMember(name, user, context, tag));
  }

  planRemoveMember(
    name: string,
    user: string,
    context: RequestContext,
    tag?: string,
  ): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.changes.removeMember(name, user, context, tag), personOf(context));
  }

  /** Removes the group, its policies and what was shared with it; its members keep their own access. A missing group is no error. */
  async remove(name: string, context: RequestContext): Promise<{ enforced: boolean }> {
    const key: SubjectKey = { kind: 'group', name };
    const row = await this.subjects.find(key);
    if (row?.name === name && row.status === 'removing')
      return { enforced: await this.enforcer.enforceCommitted(key, context.arrivedAt) };
    const { enforced } = await this.writer.write(context.arrivedAt, this.removing(key, context));
    return { enforced };
  }

  planRemoval(name: string, context: RequestContext): Promise<PlannedChange[]> {
    return this.writer.dryRun(this.removing({ kind: 'group', name }, context));
  }

  private removing(key: SubjectKey, context: RequestContext): Mutation<undefined> {
    return async (trx) => {
      const row = await this.subjects.find(key, trx);
      const affected = row?.name === key.name ? await this.removal.begin(row, context, trx) : [];
      return { value: undefined, affected };
    };
  }

  /** A new group must not take over a foreign group in MinIO. This runs before the transaction because MinIO may be slow. */
  private async requireNotForeign(name: string, context: RequestContext): Promise<void> {
    const key: SubjectKey = { kind: 'group', name };
    if (!context.caller.admin || (await this.subjects.find(key))) return;
    if (await this.enforcer.isForeignGroup(key))
      throw new Problem('name_taken', 'MinIO has a group of this name that this service does not manage');
  }
}

/** Returns false if MinIO does not answer; rethrows every other failure. */
function unlessAway(error: unknown): false {
  if (error instanceof Problem && error.code === 'storage_unavailable') return false;
  throw error;
}
