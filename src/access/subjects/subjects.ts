import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/caller.js';
import { MissingThings } from '../../common/problems/missing-things.js';
import { noSuch, Problem } from '../../common/problems/problem.js';
import type { AuditEntry } from '../../database/sql/audit-event.js';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { minioGroup } from '../../policy/names.js';
import type { SuspensionReason } from '../../database/tables/login-tables.js';
import { newSalt } from '../../secrets/derivation.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { IssuedStore } from './issued.store.js';
import { AwaitedUsers, type NewSubject } from './new-subject.store.js';
import { type FoundRow, timed, type TimedRow } from './row-ages.store.js';
import type { ChangedIds } from './changed-documents.store.js';
import { type ChangeBy, type EventBy, type GroupProfile, SubjectsStore } from './subjects.store.js';
import { minioName, type SubjectKey } from './subject-key.js';

/** What should hold from now on; an absent field stays as it is. */
export interface SubjectSpec {
  status?: 'active' | 'disabled' | 'removing';
  /** With the status `disabled`: until the next login, for this reason. */
  suspended?: SuspensionReason;
  /** Enable the user in MinIO too if somebody disabled it there. */
  enable?: boolean;
  /** The MinIO user of that name belongs to this service from now on. */
  adopt?: boolean;
  /** A new secret under the current master key. */
  rotate?: boolean;
  endSessions?: boolean;
  endAccessKeys?: boolean;
}

/** The row of a name in use. */
export type LiveRow = SubjectRow & { status: Exclude<SubjectRow['status'], 'removed'> };

/** What a new subject has beside its name and status. */
export interface NewSubjectOptions {
  trx?: Executor;
  prefix?: string | null;
  /** The user exists in MinIO and keeps its secret there, until its first login here. */
  foreignSecret?: boolean;
}

export type { GroupProfile, TimedRow };

/** A new group. */
export interface NewGroup {
  name: string;
  description: string | null;
  /** MinIO could not be asked whether it has a foreign group of that name. */
  unchecked: boolean;
  /** It has: the group belongs to this service from now on. */
  adopted?: boolean;
}

/** A subject whose access has changed. */
export interface ChangedSubject {
  id: string;
  /** It has become less. */
  revoking: boolean;
  /** Only grants changed, by `GrantsStore`, which marks their documents: no others are gone over. */
  onlyGrants?: boolean;
}

/** Desired state of subjects. Every change is committed with its audit event before MinIO is called. */
@Injectable()
export class Subjects {
  constructor(
    private readonly store: SubjectsStore,
    private readonly issued: IssuedStore,
    private readonly keys: KeyRing,
    private readonly awaited: AwaitedUsers,
  ) {}

  find(key: SubjectKey, trx?: Executor): Promise<SubjectRow | undefined> {
    return this.store.find(key, trx);
  }

  /** The user of that name. Throws 404 if there is none. */
  async requireUser(name: string, trx?: Executor): Promise<LiveRow> {
    const row = await this.find({ kind: 'user', name }, trx);
    if (!row) throw new MissingThings(noSuch('user'), [{ kind: 'user', name }]);
    return row as LiveRow;
  }

  /** The same for what concerns the future of the user: one that is being removed has none. */
  async requireStayingUser(name: string, trx?: Executor): Promise<LiveRow> {
    const row = await this.requireUser(name, trx);
    if (row.status === 'removing') throw noSuch('user');
    return row;
  }

  /** The row, and whether its secret was replaced since the request arrived. `found`: what is known already. */
  timed(key: SubjectKey, arrivedAt: number, found?: FoundRow): Promise<TimedRow | undefined> {
    return timed(() => this.read(key), arrivedAt, found);
  }

  private async read(key: SubjectKey): Promise<FoundRow> {
    const asked = performance.now();
    const row = await this.store.findWithAge(key);
    return { row, asked, answered: performance.now() };
  }

  /**
   * A new subject with its own secret; or the row that a first call of the same person, which waits for no lease, has just made. Throws
   * `busy` when that row is gone again.
   */
  async create(
    key: SubjectKey,
    status: 'active' | 'disabled',
    actor: Actor,
    action: string,
    { trx, prefix = null, foreignSecret = false }: NewSubjectOptions = {},
  ): Promise<SubjectRow> {
    const input = {
      ...key,
      principal: minioName(key),
      prefix,
      salt: newSalt(),
      keyId: this.keys.currentId,
      status,
      foreignSecret,
    };
    const row = (await this.insert(input, actor, action, trx)) ?? (await this.find(key, trx));
    if (!row) throw new Problem('busy', 'The user is being created', { retryAfterSeconds: 1 });
    return row;
  }

  /**
   * The row of a person whose first call this is. MinIO is not asked about the name and has no such user yet: it gets one when one is
   * needed. Nothing happens, and undefined is returned, if the name has a live row.
   */
  async addUnwritten(userName: string, actor: Actor, trx?: Executor): Promise<SubjectRow | undefined> {
    const key: SubjectKey = { kind: 'user', name: userName };
    const secret = { salt: newSalt(), keyId: this.keys.currentId };
    // MinIO may have the user after all, because the database was lost: then the secret stays until the next login
    const nothing = { status: 'active', unchecked: true, foreignSecret: true } as const;
    const input = { ...key, principal: minioName(key), ...secret, ...nothing };
    return this.insert(input, actor, 'user.created', trx);
  }

  /** Every new row is made here; a user for whom shares wait gets them in the same transaction. Undefined if the name has a live row. */
  private async insert(
    input: NewSubject,
    actor: Actor,
    action: string,
    trx?: Executor,
  ): Promise<SubjectRow | undefined> {
    const { row, awaited } = await this.store.create(input, { actor, action }, trx, input.kind === 'user');
    return awaited ? this.awaited.create(input, actor, action, trx) : row;
  }

  /** Commits a spec with its audit event; undefined when the row is no longer in one of the states `from`. */
  change(
    row: SubjectRow,
    spec: SubjectSpec,
    from: SubjectRow['status'][],
    event: EventBy,
    trx?: Executor,
  ): Promise<SubjectRow | undefined> {
    const { rotate, enable, adopt, ...rest } = spec;
    const secret = rotate ? { salt: newSalt(), keyId: this.keys.currentId } : undefined;
    const appliedStatus = enable ? ('disabled' as const) : undefined;
    const change = { ...rest, secret, appliedStatus, checked: adopt };
    return this.store.change(row, change, from, event, trx);
  }

  /**
   * Marks these subjects as changed; the transaction has written the change. Returns their new rows. Records the event only if there are
   * any, or if more has changed than subjects.
   */
  async markChanged(
    affected: readonly ChangedSubject[],
    by: ChangeBy,
    trx: Executor,
    more = false,
  ): Promise<SubjectRow[]> {
    if (affected.length === 0 && more) await this.record(by.key, by.actor, by.event, trx);
    return this.store.incrementGeneration(idsOf(affected), trx, by);
  }

  /**
   * Deletes the row, with the grants and memberships that hang on it; what MinIO has of the subject stays. False: it may still be written.
   */
  forget(row: SubjectRow, actor: Actor, action: string): Promise<boolean> {
    return this.store.forget(row, { actor, action });
  }

  /** Records an event that does not change the row. */
  record(key: SubjectKey, actor: Actor, entry: Omit<AuditEntry, 'subject'>, trx?: Executor): Promise<void> {
    return this.store.record(key, actor, entry, trx);
  }

  /**
   * If one of the names is not in use, waits for all other transactions that passed here, and keeps them out until this one ends. Call it
   * before the first lock on a row.
   */
  holdIfMissing(kind: SubjectKey['kind'], names: readonly string[], trx: Executor): Promise<void> {
    return this.store.holdIfMissing(kind, [...new Set(names)], trx);
  }

  /** The live rows of these ids, locked until the transaction ends. */
  lockAll(ids: readonly string[], trx: Executor): Promise<SubjectRow[]> {
    return this.store.lockAll(ids, trx);
  }

  /** The same without an event. */
  incrementGeneration(affected: readonly ChangedSubject[], trx: Executor): Promise<SubjectRow[]> {
    return this.store.incrementGeneration(idsOf(affected), trx);
  }

  /**
   * A new group; undefined when another one of that name, in whatever case, is being created right now. An unchecked one is checked when
   * it is enforced.
   */
  createGroup(
    { name, description, unchecked, adopted = false }: NewGroup,
    actor: Actor,
    trx: Executor,
  ): Promise<SubjectRow | undefined> {
    const group = {
      kind: 'group',
      name,
      principal: minioGroup(name),
      status: 'active',
      description,
      unchecked,
    } as const;
    return this.insert(group, actor, adopted ? 'group.adopted' : 'group.created', trx);
  }

  /** Sets what the owners of a group say of it; absent fields stay. */
  describe(group: SubjectRow, profile: Partial<GroupProfile>, trx: Executor): Promise<void> {
    return this.store.describe(group.id, profile, trx);
  }

  /**
   * Records an event only if the subject is unchanged since it was read: active and in the same session epoch. False: new credentials must
   * not be issued. `strictly`: nothing else has changed either, and its pair is in force, as `hasPair` says of a row.
   */
  recordIfUnchanged(
    row: SubjectRow,
    actor: Actor,
    entry: Omit<AuditEntry, 'subject'>,
    strictly = false,
  ): Promise<boolean> {
    return this.issued.recordIfUnchanged(row, actor, entry, strictly);
  }

  /** Stores a session under the same condition, so that it can be ended. False: it must not be issued. */
  keepIfUnchanged(row: SubjectRow, session: { accessKey: string; expiration: Date }): Promise<boolean> {
    const { accessKey, expiration } = session;
    return this.issued.keepIfUnchanged(row, { sealedAccessKey: this.keys.seal(accessKey), expiration });
  }
}

function idsOf(affected: readonly ChangedSubject[]): ChangedIds {
  const more = new Set(affected.filter(({ onlyGrants }) => !onlyGrants).map(({ id }) => id));
  const all = affected.map(({ id }) => id);
  return {
    all,
    revoked: affected.filter(({ revoking }) => revoking).map(({ id }) => id),
    onlyGrants: all.filter((id) => !more.has(id)),
  };
}
