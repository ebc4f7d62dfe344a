import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Caller, DirectoryName } from '../../common/caller.js';
import { Loop } from '../../common/work/loop.js';
import { AppConfig } from '../../config/app-config.js';
import { askableDirectories } from '../../config/parts/leavers.js';
import type { Executor } from '../../database/schema.js';
import { LastLoginsStore, type NotedLogin } from './last-logins.store.js';

/** How long logins are collected before they are recorded together, in milliseconds. A crash loses those: then the login before counts. */
const COLLECT_MS = 10_000;
/** The end of credentials is told from then on, in days. */
const WARNED_DAYS = 14;

/**
 * Records when people last logged in. The check of a token makes one caller: the login is noted once for each check and process, in memory,
 * and recorded with others by one statement, so that no request waits for it.
 */
@Injectable()
export class LastLogins implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #noted = new WeakSet<Caller>();
  readonly #collected = new Map<string, NotedLogin>();
  readonly #loop = new Loop(() => this.record(), { logger: new Logger('LastLogins'), retryMs: COLLECT_MS });

  constructor(
    private readonly store: LastLoginsStore,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.#loop.start(COLLECT_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
    // without the database they are lost, as after a crash
    await this.record().catch(() => undefined);
  }

  /** A person's token was found valid. */
  note(caller: Caller): void {
    if (!caller.login || this.#noted.has(caller)) return;
    this.#noted.add(caller);
    const { name } = caller;
    const { directory } = caller.login;
    const known = this.#collected.get(name)?.directory;
    this.#collected.set(name, { name, directory: directory === 'hub' && known ? known : directory });
  }

  /** A service or an administrator got credentials for the user: that counts as a login, of a directory that is not known. */
  noteUse(userName: string): void {
    if (!this.#collected.has(userName)) this.#collected.set(userName, { name: userName, directory: null });
  }

  /**
   * A suspended user is back, or an administrator has enabled it: the time without a login begins anew. `directory`: the one that knew the
   * person; null: none is asked about the person until the next login.
   */
  restart(userId: string, directory: DirectoryName | null | undefined, trx: Executor): Promise<void> {
    return this.store.restart(userId, directory, trx);
  }

  /** When the user's credentials end without another login, if that is within the next two weeks. */
  async endOf(userName: string): Promise<Date | undefined> {
    const { maxIdleDays } = this.config.leavers;
    if (maxIdleDays === 0) return undefined;
    return this.store.endOf(userName, maxIdleDays, askableDirectories(this.config), WARNED_DAYS);
  }

  private async record(): Promise<number> {
    const logins = [...this.#collected.values()];
    this.#collected.clear();
    if (logins.length === 0) return COLLECT_MS;
    try {
      await this.store.note(logins);
    } catch (error) {
      for (const each of logins) if (!this.#collected.has(each.name)) this.#collected.set(each.name, each);
      throw error;
    }
    return COLLECT_MS;
  }
}
