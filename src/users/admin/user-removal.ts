import { Injectable } from '@nestjs/common';
import type { RequestActor } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { DataDeletionRow } from '../../database/schema.js';
import { Deletions } from '../../deletions/deletions.js';
import { type Outcome, UserLifecycle } from '../user-lifecycle.js';

/** How long the answer may wait for the data to be gone, in milliseconds since the request arrived. */
const PATIENCE_MS = 10_000;

/** What became of a removal with its data. */
export interface Removal extends Outcome {
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
  async withData(userName: string, actor: RequestActor): Promise<Removal> {
    const { id } = await this.deletions.announce(userName, actor);
    const outcome = await this.remove(userName, actor, id);
    await this.deletions.confirm(id);
    // nothing is deleted while MinIO has not ended the access
    const deadline = outcome.enforced ? actor.arrivedAt + PATIENCE_MS : 0;
    return { ...outcome, deletion: await this.deletions.waitFor(id, deadline) };
  }

  private async remove(userName: string, actor: RequestActor, id: string): Promise<Outcome> {
    try {
      return await this.lifecycle.remove(userName, actor);
    } catch (error) {
      // any other failure leaves open whether the removal is committed: the worker finds out
      if (error instanceof Problem && error.status < 500) await this.deletions.abandon(id);
      throw error;
    }
  }
}
