import { Injectable } from '@nestjs/common';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import { type Member, Memberships } from '../../access/memberships/memberships.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import type { Executor, GroupRole } from '../../database/schema.js';
import type { GroupSpec } from '../../groups/group-requests.js';
import { tagOf } from '../../groups/group-rights.js';
import { Groups } from '../../groups/groups.js';
import { checkGroupName } from '../../policy/names.js';
import { ScimError } from '../errors/scim-error.js';
import { type ScimSubject, ScimStore } from '../scim.store.js';
import { type ListQuery, partOf, type ShownQuery, wantedOf } from '../wire/list-query.js';
import { patchGroup, type SentGroup } from '../wire/shapes.js';
import { type ShownGroup, showsMembers } from '../wire/shown.js';

const OWN = { kind: 'group', onlyOwn: true, prefix: '' } as const;
/** How often a change is tried while others change the same group. */
const ATTEMPTS = 20;

/** The groups that a directory has made here. A group that people have made is none of them: the directory neither sees nor changes it. */
@Injectable()
export class ScimGroups {
  constructor(
    private readonly store: ScimStore,
    private readonly groups: Groups,
    private readonly memberships: Memberships,
    private readonly writer: AccessWriter,
  ) {}

  async list(query: ListQuery): Promise<{ groups: ShownGroup[]; total: number; offset: number }> {
    const wanted = await wantedOf(query, ['displayName', 'externalId', 'id', 'members']);
    const search = {
      ...OWN,
      id: wanted.id,
      externalId: wanted.externalId,
      name: wanted.displayName,
      member: wanted.members,
    };
    const part = partOf(query);
    const [rows, total] = await Promise.all([this.store.page(search, part), this.store.count(search)]);
    const groups: ShownGroup[] = [];
    for (const row of rows) groups.push(await this.shown(row, query));
    return { groups, total, offset: part.offset };
  }

  /** Throws `not_found`. */
  async read(id: string, query: ShownQuery = {}): Promise<ShownGroup> {
    return this.shown(await this.find(id), query);
  }

  /** Makes a group with these members. Throws `name_taken`. */
  async create(sent: SentGroup, directory: RequestContext): Promise<ShownGroup> {
    const name = nameOf(sent);
    const { value: id } = await this.writer.run(await this.making(name, sent, directory), directory);
    return this.read(id);
  }

  /** Writes what the directory says now: who is not named leaves, whoever gave the membership. */
  replace(id: string, sent: SentGroup, directory: RequestContext): Promise<ShownGroup> {
    return this.change(id, () => Promise.resolve(sent), directory);
  }

  patch(id: string, body: unknown, directory: RequestContext): Promise<ShownGroup> {
    return this.change(id, (before) => patchGroup(before, body), directory);
  }

  /** Removes the group; its members keep their own access. Throws `not_found`. */
  async remove(id: string, directory: RequestContext): Promise<void> {
    const { name } = await this.find(id);
    await this.writer.run(this.groups.remove(name, directory), directory);
  }

  private async find(id: string): Promise<ScimSubject> {
    const [row] = await this.store.page({ ...OWN, id }, { offset: 0, limit: 1 });
    if (!row) throw noSuch('group');
    return row;
  }

  private async making(
    name: string,
    { externalId, members = [] }: SentGroup,
    directory: RequestContext,
  ): Promise<Mutation<string>> {
    const member = [...(await this.namesOf(members)).values()];
    const save = await this.groups.save(name, specOf({ member }), directory);
    return async (trx) => {
      const done = await save(trx);
      const group = done.affected.find((row) => row.kind === 'group' && row.name === name);
      if (!done.value.created || !group) throw taken();
      await this.store.put(group.id, { external_id: externalId ?? null }, trx);
      return { value: group.id, affected: done.affected };
    };
  }

  /** Directories send several changes of one group at once. What others have changed meanwhile is read again, so that nothing is lost. */
  private async change(
    id: string,
    decide: (before: ShownGroup) => Promise<SentGroup>,
    directory: RequestContext,
  ): Promise<ShownGroup> {
    for (let attempt = 1; ; attempt++) {
      // its tag is read before its members
      const row = await this.find(id);
      const present = await this.memberships.of(row.id);
      const sent = await decide(shownGroup(row, present));
      if (nameOf(sent) !== row.name)
        throw new ScimError(
          'malformed_request',
          'displayName cannot change: MinIO knows groups by name',
          'mutability',
        );
      try {
        await this.writer.run(await this.changing(row, present, sent, directory), directory);
        return await this.read(id);
      } catch (error) {
        const isStale = error instanceof Problem && error.code === 'precondition_failed';
        if (!isStale || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  private async changing(
    row: ScimSubject,
    present: readonly Member[],
    { externalId, members }: SentGroup,
    directory: RequestContext,
  ): Promise<Mutation<undefined>> {
    const link = async (trx: Executor) => {
      if ((externalId ?? null) !== row.external_id)
        await this.store.put(row.id, { external_id: externalId ?? null }, trx);
    };
    const roles = members && rolesOf(present, await this.namesOf(members));
    if (!roles || Object.keys(roles).length === 0)
      return async (trx) => {
        await link(trx);
        return { value: undefined, affected: [] };
      };
    const save = await this.groups.save(row.name, specOf(roles), directory, tagOf(row));
    return async (trx) => {
      await link(trx);
      return { value: undefined, affected: (await save(trx)).affected };
    };
  }

  /** By id. Throws `invalidValue` for an id that is nobody's. */
  private async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const names = await this.store.namesOf(ids);
    const unknown = ids.filter((id) => !names.has(id)).length;
    if (unknown > 0)
      throw new ScimError(
        'malformed_request',
        `members: ${unknown} of these ids are nobody’s`,
        'invalidValue',
      );
    return names;
  }

  private async shown(row: ScimSubject, query: ShownQuery): Promise<ShownGroup> {
    return shownGroup(row, showsMembers(query) ? await this.memberships.of(row.id) : []);
  }
}

function shownGroup(row: ScimSubject, members: readonly Member[]): ShownGroup {
  return {
    id: row.id,
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    displayName: row.name,
    members: members.map(({ user_id: value, user_name: display }) => ({ value, display, type: 'User' })),
    meta: { created: row.created_at },
  };
}

function nameOf({ displayName }: SentGroup): string {
  const problem = checkGroupName(displayName);
  if (problem) throw new ScimError('malformed_request', `displayName: ${problem.rule}`, 'invalidValue');
  return displayName;
}

function specOf(roles: GroupSpec['roles']): GroupSpec {
  return { profile: {}, roles };
}

/** The names of each role that changes. Who stays keeps the role, and who comes is a member. */
function rolesOf(present: readonly Member[], wanted: ReadonlyMap<string, string>): GroupSpec['roles'] {
  const staying = present.filter(({ user_id }) => wanted.has(user_id));
  const known = new Set(present.map(({ user_id }) => user_id));
  const coming = [...wanted].flatMap(([id, name]) => (known.has(id) ? [] : [name]));
  const changing = new Set<GroupRole>(
    present.filter((each) => !staying.includes(each)).map(({ role }) => role),
  );
  if (coming.length > 0) changing.add('member');
  const named = (role: GroupRole) =>
    staying.filter((each) => each.role === role).map((each) => each.user_name);
  const roles = [...changing].map((role) => [role, [...named(role), ...(role === 'member' ? coming : [])]]);
  return Object.fromEntries(roles) as GroupSpec['roles'];
}

function taken(): ScimError {
  return new ScimError('name_taken', 'A group of that name exists, which SCIM did not make', 'uniqueness');
}
