import { Injectable } from '@nestjs/common';
import { AccessWriter } from '../../access/changes/writer.js';
import { NodeWatch } from '../../access/nodes/node-watch.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import type { DataDeletionRow } from '../../database/schema.js';
import { Deletions } from '../../deletions/deletions.js';
import { UserLifecycle } from '../user-lifecycle.js';

/** Maximum time from the request's arrival until the response, while data is being deleted, in milliseconds. */
const PATIENCE_MS = 10_000;

/** The result of a removal with its data. */
export interface Removal {
  /** The access ended in MinIO, on every node. */
  enforced: boolean;
  deletion: DataDeletionRow;
}

/** Removes a user and then its data; access ends first. */
@Injectable()
export class UserRemoval {
  constructor(
    private readonly lifecycle: UserLifecycle,
    private readonly deletions: Deletions,
    private readonly writer: AccessWriter,
    private readonly nodes: NodeWatch,
  ) {}

  /** Removes the user, then everything below its home. A repeated call waits for the same deletion, or retries a failed one. */
  async withData(userName: string, context: RequestContext): Promise<Removal> {
    const { id } = await this.deletions.announce(userName, context);
    const removed = await this.remove(userName, context, id);
    await this.deletions.confirm(id);
    // nothing is deleted until MinIO has ended the access
    const deadline = removed.enforced ? context.arrivedAt + PATIENCE_MS : 0;
    const { enforced } = await this.nodes.everywhere(removed);
    return { enforced, deletion: await this.deletions.waitFor(id, deadline) };
  }

  private async remove(userName: string, context: RequestContext, id: string) {
    try {
      return await this.writer.run(await this.lifecycle.remove(userName, context), context);
    } catch (error) {
      // after any other failure the removal may be committed: the provision finds out
      if (error instanceof Problem && error.status < 500) await this.deletions.abandon(id, context);
      throw error;
    }
  }
}
