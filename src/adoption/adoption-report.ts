import { Injectable } from '@nestjs/common';
import { Explain } from '../access/explain/explain.js';
import { forEachConcurrently } from '../common/work/concurrency.js';
import type { Adopted } from './adopted.js';
import type {
  AdoptionDto,
  AdoptionResultDto,
  GroupAdoptionResultDto,
  RemainingPolicyDto,
} from './adoption.dto.js';
import type { Verdict } from './documents/detachment.js';

const CONCURRENCY = 8;

/** Says for each user and group what was done, what remains in MinIO, and why. */
@Injectable()
export class AdoptionReport {
  constructor(private readonly explain: Explain) {}

  /** `names`: the users in the order of the request. A repeated name is answered as by a repeated request. */
  async of(items: readonly Adopted[], names: readonly string[]): Promise<AdoptionDto> {
    const users = new Map<string, AdoptionResultDto>();
    await forEachConcurrently(items, CONCURRENCY, async (item) => {
      if (item.kind !== 'user') return;
      users.set(item.name, { user_name: item.name, ...common(item, await this.throughGroups(item)) });
    });
    const results = names.flatMap((name, index): AdoptionResultDto[] => {
      const result = users.get(name);
      if (!result) return [];
      const isFirst = names.indexOf(name) === index;
      return [isFirst || result.status === 'refused' ? result : { user_name: name, status: 'unchanged' }];
    });
    const groups = items.flatMap((item): GroupAdoptionResultDto[] =>
      item.kind === 'group' ? [{ group_name: item.name, ...counts(item), ...common(item, []) }] : [],
    );
    return { results, groups };
  }

  /** The foreign policies that a user has by its MinIO groups. A user that exists only in a plan is not asked about. */
  private async throughGroups({ row, status }: Adopted): Promise<RemainingPolicyDto[]> {
    if (!row || status === 'refused') return [];
    const { policies } = await this.explain.holdingOf(row);
    return policies.flatMap(({ policy_name, group: via, document }) =>
      via === undefined ? [] : [{ policy_name, via, document }],
    );
  }
}

function counts({ candidate }: Adopted): { member_count?: number; reader_count?: number } {
  if (candidate?.kind !== 'group') return {};
  return { member_count: candidate.members.length, reader_count: candidate.readers.length };
}

function common({ status, refusal, imported, verdicts }: Adopted, more: readonly RemainingPolicyDto[]) {
  const remaining = verdicts.filter(({ why }) => why !== undefined);
  const detached = verdicts.filter(({ why }) => why === undefined);
  return {
    status,
    ...(refusal ? { code: refusal.code, message: refusal.message } : {}),
    ...(imported.length > 0 ? { imported: [...imported] } : {}),
    ...(detached.length > 0
      ? { detached: detached.map(({ policy_name, group }) => ({ policy_name, via: group ?? 'user' })) }
      : {}),
    ...(status === 'refused' ? {} : { foreign_policies: [...remaining.map(shownOf), ...more] }),
  };
}

function shownOf({ policy_name, group, document, why }: Verdict): RemainingPolicyDto {
  return { policy_name, via: group ?? 'user', document, ...(why === undefined ? {} : { why }) };
}
