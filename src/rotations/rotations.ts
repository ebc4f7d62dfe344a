import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../auth/authenticated.js';
import { brokenRule, Problem } from '../common/problems/problem.js';
import { Database, type RotationRow, type RotationSubjectRow } from '../database/schema.js';
import { Provisions } from '../provisioning/records/provisions.js';
import { KeyRing } from '../secrets/key-ring.js';
import type { Candidate, Scope } from './candidates.store.js';
import { ROTATION_KIND } from './rotate-all.kind.js';
import type { RotateAllDto } from './http/rotation.dto.js';
import {
  type NewRotation,
  type RotationCounts,
  RotationsStore,
  type SubjectsPage,
} from './rotations.store.js';

const POLL_MS = 250;
const MISSING = 'names a user who never existed here';

/** Another run is in progress. */
export class RotationRuns extends Problem {
  constructor(readonly running: RotationRow) {
    super('run_in_progress', 'The secrets are being rotated: see `Location`');
  }
}

/** Requests rotations of everybody's secret. */
@Injectable()
export class Rotations {
  constructor(
    private readonly db: Database,
    private readonly store: RotationsStore,
    private readonly provisions: Provisions,
    private readonly keys: KeyRing,
  ) {}

  /** Records a run and its provision. Throws {@link RotationRuns} if another one is in progress. */
  async request(
    body: RotateAllDto,
    context: RequestContext,
  ): Promise<{ row: RotationRow; counts: RotationCounts }> {
    const scope = await this.scopeOf(body);
    const wanted: NewRotation = {
      // JSON refuses half a surrogate pair, and the audit event has the reason, too
      reason: body.reason?.toWellFormed() ?? null,
      revokeSessions: body.revoke_sessions,
      revokeAccessKeys: body.revoke_access_keys,
    };
    const made = await this.db.transaction().execute(async (trx) => {
      const row = await this.store.create(wanted, scope, context, trx);
      if (!row) return undefined;
      const input = { rotation_id: row.id };
      const request = { kind: ROTATION_KIND, input, origin: 'api', subject: 'credentials' } as const;
      const { id: provisionId } = await this.provisions.accept(request, context, trx);
      await this.store.accepted(row, provisionId, context, trx);
      return { ...row, provision_id: provisionId };
    });
    if (made) return { row: made, counts: await this.store.counts(made.id) };
    const running = await this.store.running();
    if (running) throw new RotationRuns(running);
    // it ended between the two statements
    throw new Problem('busy', 'Another rotation has just ended', { retryAfterSeconds: 1 });
  }

  /** A page of those whom a run requested now would concern, and how many there are. */
  async plan(
    body: RotateAllDto,
    page: SubjectsPage,
  ): Promise<{ found: Candidate[]; counts: RotationCounts }> {
    const scope = await this.scopeOf(body);
    const [found, counts] = await Promise.all([
      this.store.planned(scope, page),
      this.store.plannedCounts(scope),
    ]);
    return { found, counts };
  }

  /** Waits for the end, at most until `deadline` (of `performance.now()`); whether it has come. */
  async isEnded(id: string, deadline: number): Promise<boolean> {
    while ((await this.store.find(id))?.state === 'running') {
      if (performance.now() + POLL_MS > deadline) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  /** What became of the users of a run; of those for whom it failed, up to `limit`. */
  async users(id: string, limit: number): Promise<{ counts: RotationCounts; failed: RotationSubjectRow[] }> {
    const [counts, failed] = await Promise.all([
      this.store.counts(id, this.db, 'user'),
      this.store.subjects(id, { limit, after: undefined, outcome: 'failed' }),
    ]);
    return { counts, failed: failed.filter(({ kind }) => kind === 'user') };
  }

  private async scopeOf({ only, include_adopted: includeAdopted }: RotateAllDto): Promise<Scope> {
    if (!only) return { includeAdopted };
    const { users, previous_key: previousKey } = only;
    if (!users && !previousKey) throw brokenRule('only', 'names users, or previous_key is true');
    const unknown = users ? await this.store.unknown(users) : new Set<string>();
    if (unknown.size > 0) {
      const errors = (users ?? []).flatMap((name, index) =>
        unknown.has(name) ? [{ field: `only.users.${index}`, rule: MISSING }] : [],
      );
      throw new Problem('unknown_user', `only.users: ${MISSING}`, { errors: errors.slice(0, 20) });
    }
    return {
      includeAdopted,
      ...(users ? { users } : {}),
      ...(previousKey ? { exceptKeyId: this.keys.currentId } : {}),
    };
  }
}
