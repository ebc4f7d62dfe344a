import { Injectable } from '@nestjs/common';
import { Subjects } from '../access/subjects/subjects.js';
import type { AccessReason, RemainingReason } from '../access/explain/judge.js';
import { Explain } from '../access/explain/explain.js';
import { forEachConcurrently } from '../common/work/concurrency.js';
import { Problem } from '../common/problems/problem.js';
import { formatPath, type LakePath } from '../policy/paths.js';
import type { TargetResult } from './target-result.js';

/** Maximum number of targets checked at once. */
const CONCURRENCY = 8;

/**
 * Finds what else still lets a target reach a path that is no longer shared. Grants are known here; MinIO is asked for foreign policies.
 */
@Injectable()
export class StillReachable {
  constructor(
    private readonly explain: Explain,
    private readonly subjects: Subjects,
  ) {}

  /**
   * Adds to the end of a share the access that remains in MinIO. If MinIO does not answer, the reason is `perhaps` by an unnamed policy.
   * `since` is the arrival time of the request: a MinIO that already failed this request is not asked again.
   */
  async complete(ended: readonly TargetResult[], path: LakePath, since: number): Promise<TargetResult[]> {
    let answers = true;
    const results = [...ended];
    await forEachConcurrently([...results.entries()], CONCURRENCY, async ([index, result]) => {
      if (result.status === 'refused') return;
      const foreign = answers ? await this.foreign(result, path, since) : undefined;
      if (!foreign) answers = false;
      const more = (foreign ?? [{ via: 'foreign_policy', permission: 'perhaps' }]).map(
        ({ via, permission, policy_name, group }): RemainingReason => ({
          via,
          path: formatPath(path),
          permission,
          ...(policy_name === undefined ? {} : { policy_name }),
          ...(group === undefined ? {} : { group }),
        }),
      );
      const all = [...(result.still_reachable_through ?? []), ...more];
      if (all.length > 0) results[index] = { ...result, still_reachable_through: all };
    });
    return results;
  }

  /** Undefined if MinIO does not answer. */
  private async foreign(
    { kind, name }: TargetResult,
    path: LakePath,
    since: number,
  ): Promise<AccessReason[] | undefined> {
    const row = await this.subjects.find({ kind, name });
    if (!row) return [];
    try {
      return await this.explain.foreignReasons(row, path, since);
    } catch (error) {
      if (error instanceof Problem && error.status >= 502) return undefined;
      throw error;
    }
  }
}
