import type { ColumnType } from 'kysely';
import type { Stamp } from '../product-tables.js';

/** The public half of a key that signed receipts; it stays when another one signs. */
export interface ReceiptKeyTable {
  /** The thumbprint of the key (RFC 7638). */
  kid: string;
  jwk: ColumnType<Record<string, unknown>, string, never>;
  created_at: Stamp;
}

/** What was signed when a run, or its undo, ended. Rows never change. */
export interface RunReceiptTable {
  run_id: string;
  /** From 1: a run that is retried or undone ends again. */
  number: number;
  kid: string;
  /** In the compact form of JWS. */
  jws: string;
  made_at: Stamp;
}
