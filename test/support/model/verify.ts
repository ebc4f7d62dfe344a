import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import type { MadminClient } from '../../../src/madmin/client.js';
import { bodyOf } from '../service/fleet.js';
import type { Credential, Question } from '../access/probe.js';
import { compareHoldings, expectedHoldings, observedHoldings } from './holdings.js';
import { KEYS } from './keys.js';
import { USERS } from './operations.js';
import { ACTIONS, FLAWS, type Flaw } from './reference/reach.js';
import { wholeSeconds } from './reference/reference.js';
import { formatPlace, tokenOf } from './requests.js';
import { asAdmin, describeCheck, Deviation, type Run } from './run.js';

/** Longer than a write of unknown outcome stays unsettled (six seconds) and the worker's round (one). */
const SETTLED_MS = 8000;
const CONVERGES_MS = 120_000;
/** Cells of a failure that are shown. */
const SHOWN = 25;
const CELLS_OF_SESSION = 10;

type Check = Question & { user: string; must: boolean };

/** Compares everything that can be seen from outside with the reference. */
export class Verifier {
  /** The batches in which each wrong reference was found out. */
  readonly found = new Map<Flaw, number>();
  cells = 0;

  constructor(
    private readonly run: Run,
    private readonly root: MadminClient,
  ) {}

  async verify(): Promise<void> {
    const { run } = this;
    await this.settle();
    await run.expire();
    await this.converge();
    await this.fetchPairs();
    const checks = this.checks();
    const answers = await run.prober.askAll(checks);
    this.cells += checks.length;
    // on a slow machine, what was allowed may have ended while all this was asked
    const hasEnded = ({ must, user, action, key }: Check) =>
      must && !run.state.may(user, action, key, Date.now());
    const wrong = checks.filter((check, index) => answers[index] !== check.must && !hasEnded(check));
    if (wrong.length > 0)
      throw new Deviation(
        `${wrong.length} of ${checks.length} answers of MinIO differ:\n${wrong.slice(0, SHOWN).map(describeCheck).join('\n')}`,
      );
    this.tryFlaws(checks, answers);
    await this.compareGroups();
  }

  /** What a fault left unsettled is enforced once more; with PostgreSQL the database tells when, with PGlite nobody can look. */
  private async settle(): Promise<void> {
    const { faults, fleet } = this.run;
    this.run.history.push(...(await faults.disarm()));
    if (fleet.postgres) await fleet.quiet(CONVERGES_MS);
    else if (faults.overAt > 0) await sleep(Math.max(0, faults.overAt + SETTLED_MS - performance.now()));
    faults.overAt = 0;
  }

  /** Every subject is in sync, and MinIO holds what they need and nothing else. */
  private async converge(): Promise<void> {
    const { state } = this.run;
    let left: string[] = [];
    const look = async (): Promise<string[]> => [
      ...(await this.pending()),
      ...compareHoldings(expectedHoldings(state), await observedHoldings(this.root)),
    ];
    const isEqual = async (): Promise<boolean> => {
      // a look that a busy machine does not answer is no deviation: the next one tells
      left = await look().catch((error: unknown) => [`a look failed: ${String(error)}`]);
      return left.length === 0;
    };
    await waitFor('', isEqual, { timeoutMs: CONVERGES_MS, everyMs: 100 }).catch(() => {
      throw new Deviation(`it has not converged:\n  ${left.join('\n  ')}`);
    });
    if (this.run.fleet.postgres) await this.run.fleet.quiet(CONVERGES_MS);
  }

  private async pending(): Promise<string[]> {
    const { service } = this.run.faults.pick();
    const [users, groups] = await Promise.all(
      ['users', 'groups'].map((kind) =>
        bodyOf(service.request('GET', `/admin/${kind}?limit=500`, asAdmin), 200),
      ),
    );
    const open = [...users.items, ...groups.items].filter(({ enforced }) => !enforced);
    const { state } = this.run;
    // administrators call, too
    const people = users.items.filter(({ user_name }: any) => USERS.includes(user_name));
    const statuses = people.map(({ user_name, status }: any) => `${user_name} ${status}`);
    const wanted = [...state.users].map(([name, status]) => `${name} ${status}`);
    const differs =
      statuses.sort().join() === wanted.sort().join() ? [] : [`users are ${statuses.join(', ')}`];
    return [
      ...open.map(({ user_name, group_name }) => `not enforced: ${user_name ?? group_name}`),
      ...differs,
    ];
  }

  /** Who was made by a session has a pair that nobody has seen. */
  private async fetchPairs(): Promise<void> {
    for (const user of this.run.state.usersThatAre('active')) {
      const { service } = this.run.faults.pick();
      const asked = service.request('POST', `/users/${user}`, {
        token: tokenOf(user),
        body: { rotate: false },
      });
      const { access_key, secret_key } = await bodyOf(asked, this.run.state.unwritten.has(user) ? 201 : 200);
      this.run.state.unwritten.delete(user);
      const known = this.run.wallet.pairs.get(user);
      if (known && known.secret_key !== secret_key) throw new Deviation(`the pair of ${user} is another one`);
      this.run.wallet.pairs.set(user, { access_key, secret_key });
    }
  }

  /** All cells of each pair, some of each living session and all of one, and one of each credential that must be dead. */
  private checks(): Check[] {
    const { wallet, random, state } = this.run;
    const cells = KEYS.flatMap((key) => ACTIONS.map((action) => ({ key, action })));
    const checks: Check[] = [];
    const add = (user: string, as: Credential, asked: typeof cells): void => {
      const now = Date.now();
      for (const cell of asked)
        checks.push({ ...cell, user, as, must: state.may(user, cell.action, cell.key, now) });
    };
    // at the end of a batch there may be no user
    const living: Credential[] = [...[...wallet.sessions.values()].flat(), ...wallet.pairs.values()];
    const whole = living.length > 0 ? random.pick(living) : undefined;
    for (const [user, pair] of wallet.pairs) add(user, pair, cells);
    for (const [user, sessions] of wallet.sessions)
      for (const session of sessions)
        add(
          user,
          session,
          session === whole ? cells : cells.filter(() => random.chance(CELLS_OF_SESSION / cells.length)),
        );
    for (const user of new Set([...wallet.pairs.keys(), ...wallet.everDead()]))
      for (const as of wallet.deadOf(user))
        checks.push({ user, as, key: `users-warehouse/${user}/`, action: 'read', must: false });
    return checks;
  }

  /** Which references that are wrong on purpose these answers would have found out. */
  private tryFlaws(checks: readonly Check[], answers: readonly boolean[]): void {
    const now = Date.now();
    const { state, wallet, endsSeen } = this.run;
    // the reference has let go of what has ended: that was asked about before
    if (endsSeen > 0) this.found.set('nothing ends by itself', endsSeen);
    for (const flaw of FLAWS) {
      const isFound = checks.some(
        ({ user, as, action, key }, index) =>
          as === wallet.pairs.get(user) && state.may(user, action, key, now, flaw) !== answers[index],
      );
      if (isFound) this.found.set(flaw, (this.found.get(flaw) ?? 0) + 1);
    }
  }

  /** What the service tells of each group is what the reference knows. */
  private async compareGroups(): Promise<void> {
    const { state, faults } = this.run;
    for (const [name, roles] of state.groups) {
      const told = await bodyOf(faults.pick().service.request('GET', `/groups/${name}`, asAdmin), 200);
      const grants = [...state.grants.values()].filter(({ grantee }) => grantee === `group:${name}`);
      const wanted = [
        ...[...roles].map(([user, role]) => `${user} is ${role}`),
        ...grants.map((grant) =>
          describeGrant(formatPlace(grant), grant.write, grant.origin, grant.expiresAt),
        ),
      ];
      const seen = [
        ...told.members.map(({ user_name, role }: any) => `${user_name} is ${role}`),
        ...told.grants.map(({ path, permission, origin, expires_at }: any) =>
          describeGrant(path, permission === 'write', origin, expires_at ? Date.parse(expires_at) : Infinity),
        ),
      ];
      if (seen.sort().join() !== wanted.sort().join())
        throw new Deviation(`group ${name}\n  must be: ${wanted.join(', ')}\n  is told: ${seen.join(', ')}`);
    }
  }
}

function describeGrant(path: string, write: boolean, origin: string, expiresAt: number): string {
  return `${path} ${write ? 'write' : 'read'} ${origin} ${Number.isFinite(expiresAt) ? wholeSeconds(expiresAt) : ''}`;
}
