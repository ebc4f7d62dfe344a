import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import type { SubjectRow } from '../../database/schema.js';
import type { MadminClient } from '../../madmin/client.js';
import { MadminError } from '../../madmin/errors.js';
import type { Session } from '../../madmin/types.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { Principals } from '../principals.js';

/** MinIO's error codes for an invalid pair. */
const REFUSALS: readonly string[] = [
  'denied',
  'unknown_access_key',
  'account_disabled',
  'signature_mismatch',
];

/** What to do when MinIO refuses the pair: `read`, because the row was not read just now, `repair` it, or `fail`. */
export type OnRefusal = 'read' | 'repair' | 'fail';

/** AssumeRole, signed with the user's derived secret. */
@Injectable()
export class Minter {
  constructor(
    private readonly principals: Principals,
    private readonly minio: MinioAdmin,
    private readonly keys: KeyRing,
  ) {}

  /** MinIO did not answer when it was last asked. */
  get mayFail(): boolean {
    return this.minio.minting[0].mayBeAway;
  }

  /** A session; undefined when MinIO refuses the pair, to try again with the row as it is then. */
  async mint(
    row: SubjectRow,
    durationSeconds: number,
    context: RequestContext,
    onRefusal: OnRefusal,
  ): Promise<Session | undefined> {
    const pair = { accessKey: row.principal, secretKey: this.keys.secretOf(row).reveal() };
    try {
      return await this.atAnyNode((client) => client.sts.assumeRole(pair, { durationSeconds }));
    } catch (error) {
      const refused = error instanceof MadminError && REFUSALS.includes(error.code);
      if (!refused || onRefusal === 'fail') throw this.minio.toProblem(error);
      if (onRefusal === 'repair') await this.principals.repair(row, context);
      return undefined;
    }
  }

  /** A session is valid at every node, whichever mints it. If one node does not answer, another one is asked. */
  private async atAnyNode<T>(mint: (client: MadminClient) => Promise<T>): Promise<T> {
    const [first, ...others] = this.minio.minting;
    try {
      return await mint(first.client);
    } catch (error) {
      // only one more, known to be up: the caller has no time for two that do not answer
      const second = others.find((node) => !node.mayBeAway);
      if (!second || !(error instanceof MadminError) || !error.retryable) throw error;
      return mint(second.client);
    }
  }
}
