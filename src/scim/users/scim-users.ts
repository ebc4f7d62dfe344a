import { Injectable } from '@nestjs/common';
import { AccessWriter, type Mutation } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { BrowserSessions } from '../../auth/sessions/browser-sessions.js';
import { noSuch } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { checkUserName } from '../../policy/names.js';
import { UserLifecycle } from '../../users/user-lifecycle.js';
import { ScimError } from '../errors/scim-error.js';
import { type ScimSubject, ScimStore } from '../scim.store.js';
import { type ListQuery, partOf, wantedOf } from '../wire/list-query.js';
import { patchUser, type SentUser } from '../wire/shapes.js';
import type { ShownUser } from '../wire/shown.js';

/** The people of a directory: those whose names a login at the issuer would give. */
@Injectable()
export class ScimUsers {
  constructor(
    private readonly store: ScimStore,
    private readonly lifecycle: UserLifecycle,
    private readonly writer: AccessWriter,
    private readonly sessions: BrowserSessions,
    private readonly config: AppConfig,
  ) {}

  async list(query: ListQuery): Promise<{ users: ShownUser[]; total: number; offset: number }> {
    const wanted = await wantedOf(query, ['userName', 'externalId', 'id']);
    const search = {
      ...this.all,
      id: wanted.id,
      externalId: wanted.externalId,
      // names have one spelling, and directories compare them in any case
      name: wanted.userName === undefined ? undefined : `${this.prefix}${wanted.userName.toLowerCase()}`,
    };
    const part = partOf(query);
    const [rows, total] = await Promise.all([this.store.page(search, part), this.store.count(search)]);
    return { users: rows.map((row) => this.shown(row)), total, offset: part.offset };
  }

  /** Throws `not_found`. */
  async read(id: string): Promise<ShownUser> {
    return this.shown(await this.find(id));
  }

  /** Makes the person known; MinIO gets the user with the first login or share. Throws `name_taken`. */
  async create(sent: SentUser, directory: RequestContext): Promise<ShownUser> {
    const name = this.nameOf(sent.userName);
    const add = this.lifecycle.add(name, directory);
    const { value: row } = await this.writer.run(async (trx) => {
      const done = await add(trx);
      await this.store.put(done.value.id, { external_id: sent.externalId ?? null }, trx);
      return done;
    }, directory);
    if (sent.active === false) await this.setActive(await this.find(row.id), false, directory);
    return this.read(row.id);
  }

  /** Writes what the directory says now. */
  async replace(id: string, sent: SentUser, directory: RequestContext): Promise<ShownUser> {
    const row = await this.find(id);
    if (this.nameOf(sent.userName) !== row.name)
      throw new ScimError('malformed_request', 'userName cannot change: the home has the name', 'mutability');
    if ((sent.externalId ?? null) !== row.external_id) await this.link(row, sent.externalId, directory);
    if (sent.active !== undefined) await this.setActive(row, sent.active, directory);
    return this.read(id);
  }

  async patch(id: string, body: unknown, directory: RequestContext): Promise<ShownUser> {
    return this.replace(id, await patchUser(await this.read(id), body), directory);
  }

  /** Removes the user; the data stays. Throws `not_found`. */
  async remove(id: string, directory: RequestContext): Promise<void> {
    const { name } = await this.find(id);
    await this.writer.run(await this.lifecycle.remove(name, directory), directory);
    await this.sessions.endOf(name);
  }

  private get prefix(): string {
    return this.config.oidc?.userPrefix ?? '';
  }

  private get all() {
    return { kind: 'user', onlyOwn: false, prefix: this.prefix } as const;
  }

  private async find(id: string): Promise<ScimSubject> {
    const [row] = await this.store.page({ ...this.all, id }, { offset: 0, limit: 1 });
    if (!row) throw noSuch('person');
    return row;
  }

  /** The user name that a login with this name gives. */
  private nameOf(userName: string): string {
    const name = `${this.prefix}${userName}`;
    const problem = checkUserName(name, { rootUser: this.config.minio.accessKey });
    if (problem) throw new ScimError('malformed_request', `userName: ${problem.rule}`, 'invalidValue');
    return name;
  }

  private async link(
    { id }: ScimSubject,
    externalId: string | undefined,
    directory: RequestContext,
  ): Promise<void> {
    await this.writer.run(async (trx) => {
      await this.store.put(id, { external_id: externalId ?? null }, trx);
      return { value: undefined, affected: [] };
    }, directory);
  }

  /** Whoever an administrator has disabled stays disabled: only what the directory did itself does it take back. */
  private async setActive(row: ScimSubject, isActive: boolean, directory: RequestContext): Promise<void> {
    if (isActive) {
      if (row.status === 'disabled' && row.disabled_epoch === row.session_epoch)
        await this.writer.run(await this.lifecycle.enable(row.name, directory), directory);
      return;
    }
    if (row.status === 'active' || row.suspended !== null)
      await this.writer.run(await this.disabling(row, directory), directory);
    await this.sessions.endOf(row.name);
  }

  private async disabling(row: ScimSubject, directory: RequestContext): Promise<Mutation<undefined>> {
    const disable = await this.lifecycle.disable(row.name, directory);
    return async (trx) => {
      const done = await disable(trx);
      const epoch = done.affected.find(({ id }) => id === row.id)?.session_epoch ?? null;
      await this.store.put(row.id, { disabled_epoch: epoch }, trx);
      return done;
    };
  }

  /** A suspension ends with the next login, so it is nothing that the directory should mend. */
  private shown({ id, name, status, suspended, external_id, created_at }: ScimSubject): ShownUser {
    return {
      id,
      ...(external_id === null ? {} : { externalId: external_id }),
      userName: name.slice(this.prefix.length),
      active: status === 'active' || suspended !== null,
      meta: { created: created_at },
    };
  }
}
