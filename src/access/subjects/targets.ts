import { Injectable } from '@nestjs/common';
import { SYSTEM } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import type { Executor, SubjectRow } from '../../database/schema.js';
import { checkGroupName, checkUserName, EVERYONE, EVERYONE_GROUP } from '../../policy/names.js';
import { SubjectsStore } from './subjects.store.js';
import type { SubjectKey } from './subject-key.js';

/** Why a name cannot receive access. */
export type TargetRefusal = 'invalid_name' | 'unknown_user' | 'unknown_group';

/** A user or group named by a request: its row, locked until the transaction ends, or why there is none. */
export interface Target {
  key: SubjectKey;
  row?: SubjectRow;
  refusal?: TargetRefusal;
}

/** Finds and locks the users and groups that a change names. */
@Injectable()
export class Targets {
  constructor(
    private readonly subjects: SubjectsStore,
    private readonly config: AppConfig,
  ) {}

  /** One target for each name, in the given order and each name once; `also` are locked with them. */
  async lock(
    keys: readonly SubjectKey[],
    trx: Executor,
    also: readonly SubjectKey[] = [],
  ): Promise<{ targets: Target[]; also: (SubjectRow | undefined)[] }> {
    const known = keys.filter((key) => !this.problemOf(key));
    if (known.some(isEveryone)) await this.makeEveryone(trx);
    const rows = await this.subjects.lock([...known, ...also], trx);
    const rowOf = (key: SubjectKey): SubjectRow | undefined =>
      rows.find((row) => row.kind === key.kind && row.name === key.name);
    const targets = unique(keys).map((key): Target => {
      if (this.problemOf(key)) return { key, refusal: 'invalid_name' };
      const row = rowOf(key);
      if (!row || row.status === 'removing')
        return { key, refusal: key.kind === 'group' ? 'unknown_group' : 'unknown_user' };
      return { key, row };
    });
    return { targets, also: also.map(rowOf) };
  }

  private problemOf(key: SubjectKey): boolean {
    if (isEveryone(key)) return false;
    if (key.kind === 'data_product') return false;
    if (key.kind === 'group') return checkGroupName(key.name) !== undefined;
    return checkUserName(key.name, { rootUser: this.config.minio.accessKey }) !== undefined;
  }

  /** `everyone` exists from its first use on. Users who are being created right now join when that is recorded. */
  private async makeEveryone(trx: Executor): Promise<void> {
    const key = { kind: 'group', name: EVERYONE } as const;
    if (await this.subjects.find(key, trx)) return;
    const everyone = { ...key, principal: EVERYONE_GROUP, status: 'active' } as const;
    await this.subjects.create(everyone, { actor: SYSTEM, action: 'group.created' }, trx);
  }
}

function isEveryone({ kind, name }: SubjectKey): boolean {
  return kind === 'group' && name === EVERYONE;
}

function unique(keys: readonly SubjectKey[]): SubjectKey[] {
  return [...new Map(keys.map((key) => [`${key.kind}:${key.name}`, key])).values()];
}
