import { Injectable } from '@nestjs/common';
import { AccessWriter } from '../access/changes/writer.js';
import type { PlannedChange } from '../access/plan/planned-change.js';
import type { RequestContext } from '../auth/authenticated.js';
import { forEachConcurrently } from '../common/work/concurrency.js';
import { Database, type Executor, type SubjectRow } from '../database/schema.js';
import type { AdoptionRequestDto, AskedGroup } from './adoption.dto.js';
import type { Adopted } from './adopted.js';
import { Candidates } from './candidates.js';
import { namedOf } from './documents/named.js';
import { Registration } from './registration.js';
import { Takeover } from './takeover.js';

/** Subjects that are looked at or enforced concurrently. */
const AT_ONCE = 8;

/** Takes over users and groups of MinIO in place: they keep what they have until the policies of this service give it. */
@Injectable()
export class Adoption {
  constructor(
    private readonly candidates: Candidates,
    private readonly registration: Registration,
    private readonly takeover: Takeover,
    private readonly writer: AccessWriter,
    private readonly db: Database,
  ) {}

  /**
   * Everything gets its row before anything is enforced, users before groups: so the order of the names does not matter, and whoever owns a
   * path that a policy names is known. A repeated request continues where the last one ended.
   */
  async adopt(request: AdoptionRequestDto, context: RequestContext): Promise<Adopted[]> {
    const items = await this.look(request);
    await forEachConcurrently(users(items), AT_ONCE, (item) => this.makeKnown(item, context));
    for (const item of groups(items)) await this.makeKnown(item, context);
    for (const part of [users(items), groups(items)])
      await forEachConcurrently(part, AT_ONCE, async (item) => {
        if (item.candidate && item.status !== 'refused')
          await this.takeover.run(item, namedOf(item.candidate, request.import_policies), context);
      });
    return items;
  }

  /** What {@link adopt} would do, by the same code in a transaction that is rolled back. */
  async plan(
    request: AdoptionRequestDto,
    context: RequestContext,
  ): Promise<{ items: Adopted[]; plan: PlannedChange[] }> {
    const found = await this.look(request);
    let items = found;
    const plan = await this.writer.plan(async (trx) => {
      items = found.map((item) => ({ ...item }));
      const affected: SubjectRow[] = [];
      for (const item of [...users(items), ...groups(items)]) await this.register(item, context, trx);
      for (const item of [...users(items), ...groups(items)]) {
        if (!item.candidate || item.status === 'refused') continue;
        const named = namedOf(item.candidate, request.import_policies);
        affected.push(...(await this.takeover.rehearse(item, named, context, trx)));
      }
      return { value: undefined, affected };
    }, context);
    for (const item of items) plan.push(...(await this.takeover.shown(item)));
    return { items, plan };
  }

  private async look(request: AdoptionRequestDto): Promise<Adopted[]> {
    const names = [...new Set(request.users)];
    const asked = new Map<string, AskedGroup>(request.groups.map((group) => [group.group_name, group]));
    const items: Adopted[] = [
      ...names.map((name) => unknown('user', name)),
      ...[...asked.keys()].map((name) => unknown('group', name)),
    ];
    await forEachConcurrently(items, AT_ONCE, async (item) => {
      const group = asked.get(item.name);
      const found =
        item.kind === 'group' && group
          ? await this.candidates.group(group)
          : await this.candidates.user(item.name);
      if ('code' in found) item.refusal = found;
      else
        Object.assign(item, {
          candidate: found,
          row: found.row,
          status: found.row ? 'unchanged' : 'adopted',
        });
    });
    return items;
  }

  private makeKnown(item: Adopted, context: RequestContext): Promise<void> {
    return this.db.transaction().execute((trx) => this.register(item, context, trx));
  }

  private async register(item: Adopted, context: RequestContext, trx: Executor): Promise<void> {
    if (!item.candidate || item.status !== 'adopted') return;
    const row = await this.registration.register(item.candidate, context, trx);
    if ('code' in row) Object.assign(item, { status: 'refused', refusal: row });
    else item.row = row;
  }
}

function unknown(kind: 'user' | 'group', name: string): Adopted {
  return { kind, name, status: 'refused', imported: [], verdicts: [] };
}

function users(items: readonly Adopted[]): Adopted[] {
  return items.filter(({ kind }) => kind === 'user');
}

function groups(items: readonly Adopted[]): Adopted[] {
  return items.filter(({ kind }) => kind === 'group');
}
