import { Injectable } from '@nestjs/common';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { GrantLookupsStore } from '../grants/grant-lookups.store.js';
import { MembershipsStore } from '../memberships/memberships.store.js';
import type { OwnGrants } from './own-change.js';

/** Reads what a person gave, before and after a change that is only rehearsed. */
@Injectable()
export class OwnChanges {
  constructor(
    private readonly grants: GrantLookupsStore,
    private readonly memberships: MembershipsStore,
  ) {}

  async given(row: SubjectRow, person: string, trx?: Executor): Promise<OwnGrants> {
    return {
      row,
      grants: await this.grants.ofOwner(row.id, person, trx),
      members: row.kind === 'group' ? await this.memberships.membersOf(row.id, trx) : [],
    };
  }
}
