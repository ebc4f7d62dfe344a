import { Injectable } from '@nestjs/common';
import { SYSTEM } from '../../common/caller.js';
import { Subjects } from '../subjects/subjects.js';
import { formatPath } from '../../policy/paths.js';
import { GrantsStore } from '../grants/grants.store.js';
import { WaitingShares } from '../grants/waiting-shares.js';
import { AccessWriter, type Mutation } from './writer.js';

/** Grants that end in one transaction. */
const BATCH = 500;

/** Ends expired grants, and shares for which nobody came. */
@Injectable()
export class Expiry {
  constructor(
    private readonly writer: AccessWriter,
    private readonly grants: GrantsStore,
    private readonly waiting: WaitingShares,
    private readonly subjects: Subjects,
  ) {}

  /** Ends every grant that is due, in MinIO too. While MinIO is away, the worker continues with those subjects first. */
  async run(): Promise<void> {
    while ((await this.runBatch()) === BATCH);
  }

  private async runBatch(): Promise<number> {
    if (!(await this.grants.anyExpired())) return 0;
    const ending: Mutation<number> = async (trx) => {
      const ended = await this.grants.expire(BATCH, trx);
      const affected = await this.subjects.incrementGeneration(
        ended.map(({ grantee_id: id }) => ({ id, revoking: true, onlyGrants: true })),
        trx,
      );
      for (const row of affected) {
        const paths = ended.filter(({ grantee_id }) => grantee_id === row.id).map(formatPath);
        await this.subjects.record(row, SYSTEM, { action: 'grant.expired', detail: { paths } }, trx);
      }
      const waited = await this.waiting.expire(BATCH, trx);
      return { value: Math.max(ended.length, waited), affected };
    };
    return (await this.writer.run(ending, { arrivedAt: performance.now() })).value;
  }
}
