import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { PlannedChangeDto } from '../../common/dry-run/dry-run.dto.js';
import { Optional } from '../../common/http/validation.js';

/** Which receipt of a run. */
export class ReceiptQuery {
  /** Its number; without it the newest. A run that is retried or undone ends again, and has one more; for example `1` */
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  number?: number;
}

/** A signed receipt of a run. */
export class RunReceiptDto {
  /**
   * A JWS in compact form, signed with Ed25519 by a key of `GET /api/receipts/keys`
   * @example "eyJhbGciOiJFZERTQSJ9.eyJydW5faWQiOiIwMTk3In0.c2lnbmF0dXJl"
   */
  receipt!: string;

  /**
   * The key that signed: the thumbprint of its JWK (RFC 7638)
   * @example "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
   */
  key_id!: string;

  /**
   * 1 for the first end of the run, 2 for that after a retry or an undo
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  number!: number;

  /**
   * What was signed: provider and version, digests of parameters, steps and the approved plan, who asked and who approved, each operation of each
   * step with what was before and after, and times. Canonical JSON (RFC 8785)
   * @example { "type": "minio-manager/receipt/v1", "provider": "storage-team", "workflow": "create-bucket", "status": "completed" }
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  payload!: Record<string, unknown>;
}

/** The public keys of receipts. */
export class ReceiptKeysDto {
  /**
   * A JSON Web Key Set (RFC 7517), the newest first. Keys stay, so that old receipts can be checked
   * @example [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "alg": "EdDSA", "use": "sig" }]
   */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  keys!: object[];
}

/** Whether what one step made still holds. */
export class VerifiedStepDto {
  /**
   * Its name
   * @example "create-bucket"
   */
  name!: string;

  /**
   * Its type
   * @example "storage.bucket"
   */
  type!: string;

  /**
   * `not_made`: it was left out, failed, or was taken back; `not_checkable`: what its type does leaves nothing to look at; `not_checked`: its
   * target did not answer, or only a worker can look
   * @example "holds"
   */
  @ApiProperty({ enum: ['holds', 'differs', 'not_made', 'not_checkable', 'not_checked'] })
  state!: 'holds' | 'differs' | 'not_made' | 'not_checkable' | 'not_checked';

  /** What would have to be done for it to hold again; before and after are for administrators */
  changes!: PlannedChangeDto[];

  /** Why it differs or was not checked, if there are no changes to show */
  reason!: string | null;
}

/** Whether what a run made still holds. Nothing was changed. */
export class VerificationDto {
  /** No step differs, and none was left unchecked */
  holds!: boolean;

  /** When it was looked at, RFC 3339 */
  verified_at!: string;

  /** Its steps, in order */
  steps!: VerifiedStepDto[];
}
