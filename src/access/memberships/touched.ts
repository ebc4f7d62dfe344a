import { Injectable } from '@nestjs/common';
import type { Executor } from '../../database/schema.js';

/** Whose grants as members may have changed: of these users, and of everybody in these groups. */
export interface TouchedMembers {
  users: string[];
  groups: string[];
}

/** Memberships, and paths of groups for each member, that changed in a transaction that is under way. */
@Injectable()
export class Touched {
  readonly #noted = new WeakMap<Executor, { users: Set<string>; groups: Set<string> }>();

  note(
    trx: Executor,
    { users = [], groups = [] }: { users?: readonly string[]; groups?: readonly string[] },
  ): void {
    const noted = this.#noted.get(trx) ?? { users: new Set(), groups: new Set() };
    this.#noted.set(trx, noted);
    for (const id of users) noted.users.add(id);
    for (const id of groups) noted.groups.add(id);
  }

  /** Undefined: nothing was noted. */
  in(trx: Executor): TouchedMembers | undefined {
    const noted = this.#noted.get(trx);
    return noted && { users: [...noted.users], groups: [...noted.groups] };
  }
}
