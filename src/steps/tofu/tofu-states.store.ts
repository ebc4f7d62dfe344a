import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { NOW } from '../../database/sql/clock.js';
import { Database } from '../../database/schema.js';

/** A state as it is kept. */
export interface KeptState {
  team: string;
  name: string;
  secret_salt: string;
  secret_key_id: string;
  /** Encrypted; null: there is nothing. */
  content: string | null;
  version: string;
}

const FIELDS = ['team', 'name', 'secret_salt', 'secret_key_id', 'content', 'version'] as const;

/** The states of OpenTofu. */
@Injectable()
export class TofuStatesStore {
  constructor(private readonly db: Database) {}

  find(team: string, name: string): Promise<KeptState | undefined> {
    return this.db
      .selectFrom('tofu_state')
      .select(FIELDS)
      .where('team', '=', team)
      .where('name', '=', name)
      .executeTakeFirst();
  }

  /** The state, which is made, empty, if there is none yet. */
  async require(state: Omit<KeptState, 'content' | 'version'>): Promise<KeptState> {
    await this.db
      .insertInto('tofu_state')
      .values({ ...state, content: null, changed_by: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const found = await this.find(state.team, state.name);
    if (!found) throw new Error('a state that was there is gone');
    return found;
  }

  /** Writes what a provision made of it; undefined: somebody else has written meanwhile. Returns the next version. */
  async write(
    { team, name, version }: Pick<KeptState, 'team' | 'name' | 'version'>,
    next: { content: string; secret_salt: string; secret_key_id: string; changed_by: string },
  ): Promise<string | undefined> {
    const row = await this.db
      .updateTable('tofu_state')
      .set({ ...next, version: sql<string>`version + 1`, changed_at: NOW })
      .where('team', '=', team)
      .where('name', '=', name)
      .where('version', '=', version)
      .returning('version')
      .executeTakeFirst();
    return row?.version;
  }

  /** Forgets a state in which nothing is left, unless somebody else has written meanwhile. */
  async remove({ team, name, version }: Pick<KeptState, 'team' | 'name' | 'version'>): Promise<void> {
    await this.db
      .deleteFrom('tofu_state')
      .where('team', '=', team)
      .where('name', '=', name)
      .where('version', '=', version)
      .execute();
  }
}
