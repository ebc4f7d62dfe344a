import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RequestContext } from '../auth/authenticated.js';
import { requireUserName } from '../auth/user-name.pipe.js';
import { Subjects } from '../access/subjects/subjects.js';
import { AppConfig } from '../config/app-config.js';
import type { AwsCredentialsDto } from './dto/aws-credentials.dto.js';
import { isoSeconds, type MintedSession, Sessions } from './sessions/sessions.js';

const SESSION_SECONDS = 3600;
/** Maximum number of cached answers; each lives for seconds. */
const MAX_KEPT = 10_000;

/** The response that AWS SDKs expect from a container-credentials endpoint. Kernels of one user that ask at once share one session. */
@Injectable()
export class AwsCredentials {
  readonly #kept: LRUCache<string, MintedSession> | undefined;
  readonly #minting = new Map<string, Promise<MintedSession>>();

  constructor(
    private readonly sessions: Sessions,
    private readonly subjects: Subjects,
    private readonly config: AppConfig,
  ) {
    const seconds = config.limits.sessionReuseSeconds;
    this.#kept = seconds > 0 ? new LRUCache({ max: MAX_KEPT, ttl: seconds * 1000 }) : undefined;
  }

  /** A session of the caller with at least 59 minutes left. A session minted moments ago for the same token is reused. */
  async answer(context: RequestContext): Promise<AwsCredentialsDto> {
    requireUserName(context.name, this.config);
    const session = (await this.reusable(context)) ?? (await this.mintOnce(context));
    return {
      AccessKeyId: session.accessKey,
      SecretAccessKey: session.secretKey,
      Token: session.sessionToken,
      Expiration: isoSeconds(session.expiration),
    };
  }

  /** The cached session, unless the user's sessions were ended, or the user was disabled or removed, on any replica. */
  private async reusable(context: RequestContext): Promise<MintedSession | undefined> {
    const kept = this.#kept?.get(context.caller.tokenHash);
    if (!kept) return undefined;
    const row = await this.subjects.find(kept.row);
    const good =
      row?.id === kept.row.id && row.status === 'active' && row.session_epoch === kept.row.session_epoch;
    return good ? kept : undefined;
  }

  private mintOnce(context: RequestContext): Promise<MintedSession> {
    const key = context.caller.tokenHash;
    const minting = this.#minting.get(key);
    if (minting) return minting;
    const started = this.sessions
      .mint(context.name, SESSION_SECONDS, context)
      .then((session) => {
        this.#kept?.set(key, session);
        return session;
      })
      .finally(() => this.#minting.delete(key));
    this.#minting.set(key, started);
    return started;
  }
}
