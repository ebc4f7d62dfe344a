import { Injectable } from '@nestjs/common';
import { SubjectRemoval } from '../access/changes/subject-removal.js';
import type { Mutation } from '../access/changes/writer.js';
import { Subjects } from '../access/subjects/subjects.js';
import { Enforcer } from '../access/enforce/enforcer.js';
import type { SubjectKey } from '../access/subjects/subject-key.js';
import type { RequestContext } from '../auth/authenticated.js';
import { Problem } from '../common/problems/problem.js';
import type { Executor, SubjectRow } from '../database/schema.js';
import { Events } from '../events/events.js';
import { GroupChanges, type GroupSaved } from './group-changes.js';
import type { GroupSpec } from './group-requests.js';

/** Creates, changes and removes groups, with what MinIO must be asked before. */
@Injectable()
export class Groups {
  constructor(
    private readonly changes: GroupChanges,
    private readonly removal: SubjectRemoval,
    private readonly subjects: Subjects,
    private readonly enforcer: Enforcer,
    private readonly events: Events,
  ) {}

  /** Creates or changes a group. If MinIO is away, the name of a new group is checked when MinIO is back. */
  async save(
    name: string,
    spec: GroupSpec,
    context: RequestContext,
    tag?: string,
  ): Promise<Mutation<GroupSaved>> {
    const unchecked = !(await this.requireNotForeign(name, context).then(() => true, unlessAway));
    const change = this.changes.save(name, spec, context, { tag, unchecked });
    return async (trx) => {
      const done = await change(trx);
      const group = done.value.created ? done.affected.find((row) => row.kind === 'group') : undefined;
      if (group) await this.created(group, context, trx);
      return done;
    };
  }

  /** Removes the group, its policies and what was shared with it; its members keep their own access. A missing group is no error. */
  remove(name: string, context: RequestContext): Mutation<undefined> {
    return async (trx) => {
      const row = await this.subjects.find({ kind: 'group', name }, trx);
      const affected = row?.name === name ? await this.removal.begin(row, context, trx) : [];
      return { value: undefined, affected };
    };
  }

  private created({ id, name }: SubjectRow, context: RequestContext, trx: Executor): Promise<void> {
    const [facts, team] = [{ group: name }, { id, name }];
    return this.events.tell({ event: 'group.created', about: `group:${id}`, facts, team }, context, trx);
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
