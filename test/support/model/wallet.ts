import type { Answer } from '../service/service.js';
import type { Credential } from '../access/probe.js';
import type { Operation } from './operations.js';

/** Dead credentials of one user that are still asked about: the newest count most. */
const REMEMBERED = 6;
/** Sessions of one user that are kept alive in the test. */
const SESSIONS = 4;

/** Every credential that was handed out: which must work, and which must never work again. */
export class Wallet {
  readonly pairs = new Map<string, Credential>();
  readonly sessions = new Map<string, Credential[]>();
  private readonly dead = new Map<string, Credential[]>();

  /** Notes what an acknowledged step handed out and what it ended. */
  note(step: Operation, { status, body }: Answer): void {
    if (status >= 400 || !('user' in step)) return;
    const { user } = step;
    if (step.kind === 'login' || step.kind === 'rotate') this.replacePair(user, credentialOf(body));
    if (step.kind === 'session') {
      const sessions = [...this.sessionsOf(user), credentialOf(body)];
      this.sessions.set(user, sessions.slice(-SESSIONS));
    }
    if (step.kind === 'end_sessions' || step.kind === 'disable') this.endSessions(user);
    if (step.kind === 'remove_user') {
      this.endSessions(user);
      this.bury(user, this.pairs.get(user));
      this.pairs.delete(user);
    }
  }

  sessionsOf(user: string): Credential[] {
    return this.sessions.get(user) ?? [];
  }

  /** What must be refused whatever the user may do now. */
  deadOf(user: string): Credential[] {
    return this.dead.get(user) ?? [];
  }

  /** Users who have had something that is dead now. */
  everDead(): string[] {
    return [...this.dead.keys()];
  }

  private replacePair(user: string, pair: Credential): void {
    const before = this.pairs.get(user);
    if (before && before.secret_key !== pair.secret_key) this.bury(user, before);
    this.pairs.set(user, pair);
  }

  private endSessions(user: string): void {
    for (const session of this.sessionsOf(user)) this.bury(user, session);
    this.sessions.delete(user);
  }

  private bury(user: string, credential: Credential | undefined): void {
    if (!credential) return;
    this.dead.set(user, [...this.deadOf(user), credential].slice(-REMEMBERED));
  }
}

function credentialOf({ access_key, secret_key, session_token }: Credential): Credential {
  return { access_key, secret_key, ...(session_token ? { session_token } : {}) };
}
