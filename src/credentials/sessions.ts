import { Injectable } from '@nestjs/common';
import type { RequestActor } from '../auth/authenticated.js';
import { Subjects } from '../access/desired/subjects.js';
import { busy } from '../common/turns/keyed-queue.js';
import { AppConfig } from '../config/app-config.js';
import type { SubjectRow } from '../database/schema.js';
import { MadminError } from '../madmin/errors.js';
import { credentialsIssued } from '../metrics/registry.js';
import { MinioAdmin } from '../minio/minio-admin.js';
import { formatPath, homePath } from '../policy/paths.js';
import { KeyRing } from '../secrets/key-ring.js';
import { Principals } from './principals.js';
import type { SessionDto } from './dto/session.dto.js';

/** MinIO's ways of saying that the pair it was shown is not good. */
const REFUSALS: readonly string[] = [
  'denied',
  'unknown_access_key',
  'account_disabled',
  'signature_mismatch',
];
const ATTEMPTS = 4;

/** A session, and the epoch it belongs to: when the epoch has moved on, the session has ended. */
export interface MintedSession {
  row: SubjectRow;
  accessKey: string;
  secretKey: string;
  sessionToken: string;
  expiration: Date;
}

/** Temporary credentials: AssumeRole signed with the user's derived secret. */
@Injectable()
export class Sessions {
  constructor(
    private readonly principals: Principals,
    private readonly subjects: Subjects,
    private readonly minio: MinioAdmin,
    private readonly keys: KeyRing,
    private readonly config: AppConfig,
  ) {}

  /** A new session, independent of every other one. */
  async open(userName: string, durationSeconds: number, actor: RequestActor): Promise<SessionDto> {
    const minted = await this.mint(userName, durationSeconds, actor);
    const { minio, lake } = this.config;
    return {
      user_name: userName,
      access_key: minted.accessKey,
      secret_key: minted.secretKey,
      session_token: minted.sessionToken,
      expiration: isoSeconds(minted.expiration),
      endpoint: minio.publicEndpoint,
      region: minio.region,
      home_path: formatPath(homePath({ ...lake, userName })),
    };
  }

  /**
   * Mints at MinIO, then records it only if nobody ended the user's sessions meanwhile: a session that slipped past a revocation is
   * never handed out. A pair that MinIO refuses is repaired once.
   */
  async mint(userName: string, durationSeconds: number, actor: RequestActor): Promise<MintedSession> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { row } = await this.principals.ensure(userName, actor);
      const session = await this.assumeRole(row, durationSeconds, actor, attempt);
      if (!session) continue;
      const entry = { action: 'session.issued', detail: { duration_seconds: durationSeconds } };
      if (!(await this.subjects.recordIfUnchanged(row, actor, entry, session))) continue;
      credentialsIssued.inc({ kind: 'session' });
      return { row, ...session };
    }
    throw busy();
  }

  /** The session; undefined after a repair, to try again. */
  private async assumeRole(row: SubjectRow, durationSeconds: number, actor: RequestActor, attempt: number) {
    const pair = { accessKey: row.principal, secretKey: this.keys.secretOf(row).reveal() };
    try {
      return await this.minio.client.sts.assumeRole(pair, { durationSeconds });
    } catch (error) {
      if (!(error instanceof MadminError) || !REFUSALS.includes(error.code))
        throw this.minio.toProblem(error);
      if (attempt >= ATTEMPTS) throw this.minio.toProblem(error);
      await this.principals.repair(row, actor);
      return undefined;
    }
  }
}

/** RFC 3339 in whole seconds: older AWS SDKs do not read fractions. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
