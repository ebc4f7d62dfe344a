import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../../auth/authenticated.js';
import { Subjects } from '../../access/subjects/subjects.js';
import { isInSync } from '../../access/subjects/subject-state.js';
import { busy } from '../../common/turns/keyed-queue.js';
import { AppConfig } from '../../config/app-config.js';
import { Problem } from '../../common/problems/problem.js';
import type { SubjectRow } from '../../database/schema.js';
import type { Session } from '../../madmin/types.js';
import { credentialsIssued } from '../../metrics/registry.js';
import { formatPath, homePath } from '../../policy/paths.js';
import { Minter, type OnRefusal } from './minter.js';
import { Principals } from '../principals.js';
import { Standing } from '../standing.js';
import type { SessionDto } from '../dto/session.dto.js';

const ATTEMPTS = 4;
/** How long a row is used again, in milliseconds: if it is stale then, a session is made in vain. */
const RECENT_MS = 60_000;
const MAX_RECENT = 10_000;

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
  /** Rows of users with a recent session. The statement that records the next session checks that the row is still the same. */
  readonly #recent = new LRUCache<string, SubjectRow>({ max: MAX_RECENT, ttl: RECENT_MS });

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

  /** Mints until a session may be handed out. A pair that MinIO refuses is repaired. */
  async mint(userName: string, durationSeconds: number, context: RequestContext): Promise<MintedSession> {
    // a failure must not be told about a user who has been disabled since: while MinIO may be away, the row is read
    const recent = this.minter.mayFail ? undefined : this.#recent.get(userName);
    const first = recent && (await this.mintRecorded(recent, durationSeconds, context, 'read'));
    if (first) return { row: recent, ...first };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { row } = await this.principals.ensure(userName, context);
      const onRefusal = attempt < ATTEMPTS ? 'repair' : 'fail';
      const session = await this.mintRecorded(row, durationSeconds, context, onRefusal);
      if (!session) continue;
      // a row that is not in sync would not be checked: what it says of that stays as it was read
      if (isInSync(row)) this.#recent.set(userName, row);
      return { row, ...session };
    }
    throw busy();
  }

  /**
   * A session that is recorded, and that no end of the user's sessions has missed: only such a session is handed out. The event is written
   * while MinIO makes the session. If none is handed out, another event says so.
   */
  private async mintRecorded(
    row: SubjectRow,
    durationSeconds: number,
    context: RequestContext,
    onRefusal: OnRefusal,
  ): Promise<Session | undefined> {
    const minting = this.minter.mint(row, durationSeconds, context, onRefusal);
    const entry = { action: 'session.issued', detail: { duration_seconds: durationSeconds } };
    const record = () => this.subjects.recordIfUnchanged(row, context, entry, onRefusal === 'read');
    // while MinIO is away, retries would fill the log
    const event = this.minter.mayFail
      ? minting.then(
          (session) => session !== undefined && record(),
          () => false,
        )
      : record();
    let reason: string;
    try {
      // the access that the session gives is checked, and repaired, before the session is handed out
      const [session, isRecorded] = await Promise.all([minting, event, this.standing.see(row)]);
      if (session && isRecorded && (await this.subjects.keepIfUnchanged(row, session))) {
        credentialsIssued.inc({ kind: 'session' });
        return session;
      }
      reason = session ? 'sessions_ended' : 'pair_refused';
    } catch (error) {
      await this.recordNone(event, row, context, error instanceof Problem ? error.code : 'internal');
      throw error;
    }
    await this.recordNone(event, row, context, reason);
    return undefined;
  }

  /** Records that no session was issued, if the event of one was written or may have been. */
  private async recordNone(
    event: Promise<boolean>,
    row: SubjectRow,
    context: RequestContext,
    reason: string,
  ): Promise<void> {
    if (!(await event.catch(() => true))) return;
    await this.subjects.record(row, context, { action: 'session.not_issued', detail: { reason } });
  }
}

/** RFC 3339 in whole seconds: older AWS SDKs cannot read fractions. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
