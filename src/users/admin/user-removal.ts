import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { DataDeletionRow } from '../../database/schema.js';
import { Deletions } from '../../deletions/deletions.js';
import { type LifecycleOutcome, UserLifecycle } from '../user-lifecycle.js';

/** How long the answer may wait for the data to be gone, in milliseconds since the request arrived. */
const PATIENCE_MS = 10_000;

/** What became of a removal with its data. */
export interface Removal extends LifecycleOutcome {
  deletion: DataDeletionRow;
}

/** Removes a user and then its data: access ends first. */
@Injectable()
export class UserRemoval {
  constructor(
    private readonly lifecycle: UserLifecycle,
    private readonly deletions: Deletions,
  ) {}

  /** The user goes, then everything below its home; who asks again waits for the same deletion, or retries one that failed. */
  async withData(userName: string, context: RequestContext): Promise<Removal> {
    const { id } = await this.deletions.announce(userName, context);
    const outcome = await this.remove(userName, context, id);
    await this.deletions.confirm(id);
    // nothing is deleted while MinIO has not ended the access
    const deadline = outcome.enforced ? context.arrivedAt + PATIENCE_MS : 0;
    return { ...outcome, deletion: await this.deletions.waitFor(id, deadline) };
  }

  private async remove(userName: string, context: RequestContext, id: string): Promise<LifecycleOutcome> {
    try {
      return await this.lifecycle.remove(userName, context);
    } catch (error) {
      // any other failure leaves open whether the removal is committed: the worker finds out
      if (error instanceof Problem && error.status < 500) await this.deletions.abandon(id);
      throw error;
    }
  }
}
