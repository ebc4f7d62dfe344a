import { Injectable } from '@nestjs/common';
import { Subjects } from '../access/subjects/subjects.js';
import type { AccessReason, RemainingReason } from '../access/explain/judge.js';
import { Explain } from '../access/explain/explain.js';
import { forEachConcurrently } from '../common/concurrency.js';
import { Problem } from '../common/problems/problem.js';
import { formatPath, type LakePath } from '../policy/paths.js';
import type { ShareOutcome, TargetResult } from './sharing.js';

/** Targets that are asked about at once. */
const LANES = 8;

/** Tells what else lets somebody reach a path that is no longer shared: our grants are known, MinIO is asked for the rest. */
@Injectable()
export class StillReachable {
  constructor(
    private readonly explain: Explain,
    private readonly subjects: Subjects,
  ) {}

  /**
   * The end of a share with what MinIO holds beside. When MinIO does not answer that is said: `perhaps`, by a policy without a name. `since`: when
   * the request arrived; a MinIO that failed it is not asked again.
   */
  async complete(outcome: ShareOutcome, path: LakePath, since: number): Promise<ShareOutcome> {
    let answers = true;
    const results = [...outcome.results];
    await forEachConcurrently([...results.entries()], LANES, async ([index, result]) => {
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
    return { ...outcome, results };
  }

  /** Nothing when MinIO does not say. */
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
