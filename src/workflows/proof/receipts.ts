import { createPublicKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { calculateJwkThumbprint, CompactSign, exportJWK, type JWK } from 'jose';
import { noSuch } from '../../common/problems/problem.js';
import type { Executor, RunReceiptRow } from '../../database/schema.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { RunsStore } from '../runs/runs.store.js';
import { canonical } from '../../common/canonical.js';
import { RECEIPT_TYPE, receiptOf } from './receipt.js';
import { ReceiptsStore } from './receipts.store.js';

const ALGORITHM = 'EdDSA';

/** Signs what a run has done, in the transaction that ends it. */
@Injectable()
export class Receipts {
  #key: Promise<{ kid: string; jwk: JWK }> | undefined;

  constructor(
    private readonly store: ReceiptsStore,
    private readonly runs: RunsStore,
    private readonly ring: KeyRing,
  ) {}

  /** Signs the run as it is in this transaction, which ends it or its undo. */
  async make(runId: string, trx: Executor): Promise<void> {
    const run = await this.runs.load(runId, trx);
    if (!run) return;
    const number = (await this.store.count(runId, trx)) + 1;
    const payload = receiptOf(run, await this.store.timesOf(runId, trx), number);
    const { kid, jwk } = await this.publicKey();
    const jws = await new CompactSign(Buffer.from(canonical(payload)))
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JOSE', cty: RECEIPT_TYPE })
      .sign(this.ring.signingKey());
    await this.store.add({ run_id: runId, number, kid, jws }, jwk, trx);
  }

  /** Throws 404 if there is none: the run has not ended, or had before this service signed. */
  async require(runId: string, number: number | undefined): Promise<RunReceiptRow> {
    const receipt = await this.store.find(runId, number);
    if (!receipt) throw noSuch('receipt');
    return receipt;
  }

  /** The keys that have signed, the newest first; and the one that signs next. */
  async keys(): Promise<object[]> {
    const { kid, jwk } = await this.publicKey();
    const kept = await this.store.keys();
    return kept.some((each) => each['kid'] === kid) ? kept : [jwk, ...kept];
  }

  private publicKey(): Promise<{ kid: string; jwk: JWK }> {
    this.#key ??= (async () => {
      const jwk = await exportJWK(createPublicKey(this.ring.signingKey()));
      const kid = await calculateJwkThumbprint(jwk);
      return { kid, jwk: { ...jwk, kid, alg: ALGORITHM, use: 'sig' } };
    })();
    return this.#key;
  }
}
