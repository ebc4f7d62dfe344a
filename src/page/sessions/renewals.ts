import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { authUnavailable, isAuthUnavailable } from '../../auth/authenticators/auth-http.js';
import type { PageSessionRow } from '../../database/schema.js';
import { OidcLogin } from '../login/oidc/oidc-login.js';
import { type LoginSecrets, secretsIn } from './login-secrets.js';
import { PageSessionsStore } from './page-sessions.store.js';
import type { SessionId } from './session-id.js';

/** A token is renewed so much before its end, in milliseconds. */
const AHEAD_MS = 30_000;
const LOOK_MS = 50;
/** How long a request waits for a renewal by another one, in milliseconds: longer than the issuer is waited for. */
const WAIT_MS = 8000;

/**
 * Renews the short tokens of OIDC sessions at the issuer. A refresh token may count only once, so one request renews, on whichever replica,
 * and the others wait for what it writes.
 */
@Injectable()
export class Renewals {
  constructor(
    private readonly store: PageSessionsStore,
    private readonly oidc: OidcLogin,
  ) {}

  /**
   * The secrets of a session, renewed if their token is about to end; undefined if the issuer has ended the login. Throws `auth_unavailable`
   * if it cannot tell.
   */
  async fresh(id: SessionId, row: PageSessionRow, secrets: LoginSecrets): Promise<LoginSecrets | undefined> {
    const until = Date.now() + WAIT_MS;
    let [now, known]: [PageSessionRow | undefined, LoginSecrets | undefined] = [row, secrets];
    while (now && known && isDue(known)) {
      if (await this.store.beginRenewal(now)) return this.renew(id, now, known);
      if (Date.now() > until) throw authUnavailable('The session is still being renewed');
      await sleep(LOOK_MS);
      now = await this.store.find(id.hash);
      known = now && secretsIn(id, now);
    }
    return known;
  }

  private async renew(
    id: SessionId,
    row: PageSessionRow,
    secrets: LoginSecrets,
  ): Promise<LoginSecrets | undefined> {
    try {
      const renewed = await this.oidc.renew(secrets);
      if (renewed) await this.store.renewed(row, id.seal(JSON.stringify(withEnd(renewed))));
      else await this.store.end(row.id_hash);
      return renewed;
    } catch (error) {
      await this.store.endRenewal(row);
      if (isAuthUnavailable(error) && (secrets.endsAt ?? 0) > Date.now()) return secrets;
      throw error;
    }
  }
}

/** The secrets with the end of their token, as the token itself tells it. Who may use it is checked elsewhere. */
export function withEnd(secrets: LoginSecrets): LoginSecrets {
  if (secrets.refresh === undefined) return secrets;
  const { exp } = decodeJwt(secrets.token);
  return { ...secrets, endsAt: (exp ?? 0) * 1000 };
}

function isDue({ refresh, endsAt = 0 }: LoginSecrets): boolean {
  return refresh !== undefined && endsAt - AHEAD_MS < Date.now();
}
