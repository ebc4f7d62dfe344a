import { Injectable, Logger } from '@nestjs/common';
import { currentLine } from '../../common/turns/line.js';
import { KeyedQueue } from '../../common/turns/keyed-queue.js';
import { Database } from '../../database/schema.js';
import { KeyRing } from '../../secrets/key-ring.js';
import type { IssuedAccessKeyDto } from '../dto/access-key.dto.js';
import { type ClaimedRow, type ClaimRecords, KeyClaim, withdraw } from './key-claim.store.js';

const WAIT_MS = 5000;

/** Calls its listener once, when the answer was sent or its connection has ended before. */
export type Answer = (ended: (sent: boolean) => void) => void;

/** Hands out keys that are handed out once. A claim counts when its answer was sent, whenever the process dies. */
@Injectable()
export class KeyHandouts {
  readonly #logger = new Logger('KeyHandouts');
  readonly #turns = new KeyedQueue({ atOnce: 1 });

  constructor(
    private readonly db: Database,
    private readonly keys: KeyRing,
  ) {}

  /** `issue` creates the key with {@link KeyClaim}. Other requests of this process for the same row wait until the answer was sent. */
  async handOut(
    row: ClaimedRow,
    records: ClaimRecords,
    answer: Answer,
    issue: (claim: KeyClaim) => Promise<IssuedAccessKeyDto>,
  ): Promise<IssuedAccessKeyDto> {
    const leave = await this.#turns.enter(`${row.table} ${row.id}`, currentLine(), WAIT_MS);
    const claim = new KeyClaim(this.db, this.keys, row, records);
    try {
      await claim.open();
      const issued = await issue(claim);
      answer((sent) => void this.end(claim, sent).finally(leave));
      return issued;
    } catch (error) {
      await this.end(claim, false).finally(leave);
      throw error;
    }
  }

  /** Ends the claim of a provision for good; see {@link withdraw}. */
  withdraw(provisionId: string): Promise<string | null | undefined> {
    return withdraw(this.db, this.keys, provisionId);
  }

  /** If this fails, the claim can be repeated when its time is over. */
  private async end(claim: KeyClaim, sent: boolean): Promise<void> {
    try {
      await (sent ? claim.confirm() : claim.release());
    } catch (error) {
      this.#logger.error({ err: error as Error }, 'the end of a claim could not be stored');
    }
  }
}
