import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../auth/authenticated.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { busy } from '../../common/turns/keyed-queue.js';
import { AppConfig } from '../../config/app-config.js';
import type { SubjectRow } from '../../database/schema.js';
import { credentialsIssued } from '../../metrics/registry.js';
import { formatPath, homePath } from '../../policy/paths.js';
import { Minter } from './minter.js';
import { Principals } from '../principals.js';
import { Standing } from '../standing.js';
import type { SessionDto } from '../dto/session.dto.js';

const ATTEMPTS = 4;

/** A session and its epoch. When the user's epoch rises, the session has ended. */
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
    private readonly minter: Minter,
    private readonly standing: Standing,
    private readonly config: AppConfig,
  ) {}

  /** Opens a new session, independent of all others. */
  async open(userName: string, durationSeconds: number, context: RequestContext): Promise<SessionDto> {
    const minted = await this.mint(userName, durationSeconds, context);
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
   * Mints at MinIO, then records the session only if the user's sessions were not ended meanwhile. A session that slipped past a revocation
   * is never handed out. A pair that MinIO refuses is repaired once.
   */
  async mint(userName: string, durationSeconds: number, context: RequestContext): Promise<MintedSession> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { row } = await this.principals.ensure(userName, context);
      // in parallel: the access that the session gives is checked, and repaired, before the session is handed out
      const [session] = await Promise.all([
        this.minter.mint(row, durationSeconds, context, attempt < ATTEMPTS),
        this.standing.see(row),
      ]);
      if (!session) continue;
      const entry = { action: 'session.issued', detail: { duration_seconds: durationSeconds } };
      if (!(await this.subjects.recordIfUnchanged(row, context, entry, session))) continue;
      credentialsIssued.inc({ kind: 'session' });
      return { row, ...session };
    }
    throw busy();
  }
}

/** RFC 3339 in whole seconds: older AWS SDKs cannot read fractions. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
