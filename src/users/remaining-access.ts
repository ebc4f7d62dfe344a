import { Injectable } from '@nestjs/common';
import { Subjects } from '../access/subjects/subjects.js';
import { Explain } from '../access/explain/explain.js';
import { forEachConcurrently } from '../common/work/concurrency.js';
import type { AdoptionResult } from './adoption.js';

/** A foreign policy that an adopted user keeps, and its document; null: MinIO cannot show it. */
export interface Remaining {
  policy_name: string;
  /** `user`, or the MinIO group that has the policy. */
  via: string;
  document: object | null;
}

const CONCURRENCY = 8;

/** Finds the foreign policies of adopted users. */
@Injectable()
export class RemainingAccess {
  constructor(
    private readonly explain: Explain,
    private readonly subjects: Subjects,
  ) {}

  async complete(
    results: readonly AdoptionResult[],
  ): Promise<(AdoptionResult & { foreign_policies?: Remaining[] })[]> {
    const remaining = new Map<string, Remaining[]>();
    await forEachConcurrently(results, CONCURRENCY, async ({ user_name: name, status }) => {
      const row = status === 'refused' ? undefined : await this.subjects.find({ kind: 'user', name });
      if (!row || remaining.has(name)) return;
      const { policies } = await this.explain.holdingOf(row);
      remaining.set(
        name,
        policies.map(({ policy_name, group, document }) => ({
          policy_name,
          via: group ?? 'user',
          document,
        })),
      );
    });
    return results.map((result) => {
      const foreign_policies = result.status === 'refused' ? undefined : remaining.get(result.user_name);
      return { ...result, ...(foreign_policies ? { foreign_policies } : {}) };
    });
  }
}
