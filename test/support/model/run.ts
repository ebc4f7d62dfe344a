import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../scripts/child.mjs';
import type { Fleet } from '../service/fleet.js';
import type { Answer } from '../service/service.js';
import { draw } from './draw.js';
import { Faults } from './faults.js';
import { ADMIN, type Operation, USERS } from './operations.js';
import { Prober, type Question } from '../access/probe.js';
import { Random } from './random.js';
import { ACTIONS } from './reference/reach.js';
import { type Expected, Reference } from './reference/reference.js';
import { describeStep, send, tokenOf } from './requests.js';
import { KEYS } from './keys.js';
import { Wallet } from './wallet.js';

type Request = Exclude<Operation, { kind: 'expire' }>;

/** How long a step is repeated until it is acknowledged, in milliseconds. */
const PATIENCE_MS = 60_000;
/** The service gives a call to MinIO up after two seconds: on a slow machine that happens without a fault, and is treated as one. */
const GIVEN_UP_MS = 1900;
/** What ends sooner than this from now is waited for. */
const SOON_MS = 10_000;

/** What was seen is not what the reference says. */
export class Deviation extends Error {}

/** Steps drawn from a seed, carried out by the service and by the reference. */
export class Run {
  readonly state = new Reference();
  readonly wallet = new Wallet();
  readonly faults: Faults;
  readonly prober: Prober;
  readonly random: Random;
  /** Of the present batch, for people. */
  readonly history: string[] = [];
  steps = 0;
  /** How often something was refused that had been allowed until its time was over. */
  endsSeen = 0;

  constructor(
    readonly fleet: Fleet,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.faults = new Faults(fleet, new Random(seed ^ 0x5eed));
    this.prober = new Prober(fleet.minio.endpoint);
    for (const user of USERS) fleet.kbase.setToken(tokenOf(user), { user });
  }

  /** One step; or two at once, where their order makes no difference. */
  async step(): Promise<void> {
    this.steps += 1;
    const step = draw(this.random, this.state);
    if (step.kind === 'expire') return this.expire();
    const other = this.random.chance(0.25) ? draw(this.random, this.state) : undefined;
    if (!other || other.kind === 'expire' || !this.commute(step, other)) return this.perform([step]);
    this.steps += 1;
    return this.perform([step, other]);
  }

  /** Waits for what ends within ten seconds, and checks one thing that has just ended. */
  async expire(): Promise<void> {
    const now = Date.now();
    const ends = [...this.state.grants.values()]
      .map(({ expiresAt }) => expiresAt)
      .filter((at) => at < now + SOON_MS);
    if (ends.length === 0) return;
    this.history.push('what ends soon is waited for');
    const before = this.state.copy();
    // in whole seconds: MinIO's own clock is the same
    await sleep(Math.max(0, Math.max(...ends) - now + 20));
    this.state.forgetEnded(Date.now());
    // what has ended already counts, too
    if (this.faults.overAt === 0) await this.spotCheck(before, Math.min(...ends) - 1, []);
  }

  private async perform(steps: readonly Request[]): Promise<void> {
    const before = this.state.copy();
    const first = this.faults.pick();
    const done = await Promise.all(
      steps.map((step, index) =>
        this.acknowledged(step, index === 0 ? first : this.faults.next(first), steps.length === 1),
      ),
    );
    for (const [index, { answer, sentAt, answeredAt, attempts }] of done.entries()) {
      const step = steps[index] as Request;
      // what ended while the step was under way may have counted or not: then its results are not certain
      const { results } = this.state.copy().apply(step, answeredAt);
      const expected = this.state.apply(step, sentAt);
      if (!results) delete expected.results;
      this.wallet.note(step, answer);
      this.history.push(`${steps.length > 1 ? '  together: ' : ''}${describeStep(step)} -> ${answer.status}`);
      checkAnswer(answer, expected, attempts === 1);
    }
    // an answer of 200 says that MinIO follows, as long as nothing went wrong that is still being put right; 202 says that it will
    if (this.faults.overAt > 0) return;
    if (done.some(({ answer }) => answer.status === 202)) await this.enforced();
    await this.spotCheck(before, Date.now(), steps);
  }

  /**
   * The outcome of a step that is not acknowledged (the process died, MinIO was away) is unknown. Each one is idempotent, so it is
   * repeated, and nothing else done, until it is acknowledged: then it holds, once. Not `alone`: the other step may be at the same subject
   * just now (409), although their order makes no difference.
   */
  private async acknowledged(step: Request, replica: ReturnType<Faults['pick']>, alone: boolean) {
    const deadline = performance.now() + PATIENCE_MS;
    for (let attempts = 1; ; attempts++) {
      const sentAt = Date.now();
      const started = performance.now();
      const answer = await send(replica.service, step, sentAt).catch(() => undefined);
      if (answer?.status === 503 && performance.now() - started >= GIVEN_UP_MS) this.faults.wasSlow();
      if (answer && isAcknowledgement(answer)) return { answer, sentAt, answeredAt: Date.now(), attempts };
      if (answer && isTooSlow(answer)) continue;
      this.history.push(
        `    ${step.kind} is repeated after ${answer?.status ?? 'no answer'} ${answer?.body?.code ?? ''}`,
      );
      if (performance.now() > deadline) throw new Deviation(`${describeStep(step)} was never acknowledged`);
      const isBusy = !alone && answer?.status === 409;
      if (this.faults.overAt === 0 && !isBusy)
        throw new Deviation(`nothing went wrong, yet: ${JSON.stringify(answer?.body)}`);
      this.history.push(...(await this.faults.repair()));
      replica = this.faults.pick();
      await sleep(100);
    }
  }

  /** Waits until the service says that MinIO holds everything. */
  private async enforced(): Promise<void> {
    const { service } = this.faults.pick();
    const isDone = async (): Promise<boolean> => {
      const lists = ['/admin/users?limit=500', '/admin/groups?limit=500'];
      const answers = await Promise.all(lists.map((path) => service.request('GET', path, asAdmin)));
      return answers.every(({ body }) => body.items?.every(({ enforced }: any) => enforced));
    };
    await waitFor('MinIO to hold what was answered with 202', isDone, {
      timeoutMs: PATIENCE_MS,
      everyMs: 100,
    });
  }

  private commute(a: Request, b: Request): boolean {
    if ('user' in a && 'user' in b && a.user === b.user) return false;
    const now = Date.now();
    const inOrder = (...steps: Request[]): unknown => {
      const state = this.state.copy();
      const expected = new Map(steps.map((step) => [step, state.apply(step, now)]));
      const { users, unwritten: callers, groups, grants, hasEveryone } = state;
      const members = [...groups].map(([name, roles]) => [name, [...roles].sort()]);
      const people = [[...users].sort(), [...callers].sort()];
      const all = [people, members.sort(), [...grants].sort(), hasEveryone];
      return JSON.stringify([all, expected.get(a), expected.get(b)]);
    };
    return inOrder(a, b) === inOrder(b, a);
  }

  /** One cell that was just lost and one that was just gained, asked of MinIO at once; and the credential that was just ended. */
  private async spotCheck(before: Reference, then: number, steps: readonly Request[]): Promise<void> {
    const now = Date.now();
    const cells = USERS.flatMap((user) =>
      KEYS.flatMap((key) => ACTIONS.map((action) => ({ user, action, key }))),
    );
    const lost: typeof cells = [];
    const gained: typeof cells = [];
    for (const cell of cells) {
      const { user, action, key } = cell;
      const could = before.may(user, action, key, then);
      if (could && !this.state.may(user, action, key, now)) lost.push(cell);
      if (!could && this.state.may(user, action, key, now + 1500)) gained.push(cell);
    }
    const checks: (Question & { user: string; must: boolean })[] = [];
    for (const [list, must] of [
      [lost, false],
      [gained, true],
    ] as const) {
      const cell = list.length > 0 ? this.random.pick(list) : undefined;
      const as = cell && this.credentialOf(cell.user, must);
      if (cell && as) checks.push({ ...cell, as, must });
    }
    for (const step of steps) {
      const as = 'user' in step ? this.wallet.deadOf(step.user).at(-1) : undefined;
      if ('user' in step && as)
        checks.push({
          user: step.user,
          as,
          action: 'read',
          key: `users-warehouse/${step.user}/`,
          must: false,
        });
    }
    const answers = await this.prober.askAll(checks);
    const wrong = checks.filter(({ must }, index) => answers[index] !== must);
    if (wrong.length > 0)
      throw new Deviation(`right after the answer:\n${wrong.map((each) => describeCheck(each)).join('\n')}`);
    if (steps.length === 0 && checks.some(({ must }) => !must)) this.endsSeen += 1;
  }

  private credentialOf(user: string, mustLive: boolean) {
    const living = [this.wallet.pairs.get(user), ...this.wallet.sessionsOf(user)].flatMap(
      (each) => each ?? [],
    );
    const all = mustLive || living.length > 0 ? living : this.wallet.deadOf(user);
    return all.length > 0 ? this.random.pick(all) : undefined;
  }
}

export function describeCheck({
  user,
  as,
  action,
  key,
  must,
}: Question & { user: string; must: boolean }): string {
  const what = as.session_token ? 'a session' : 'a pair';
  return `  ${user} by ${what} ${as.access_key}: ${action} ${key} must be ${must ? 'allowed' : 'refused'}, and is not`;
}

/** Kept, or refused for good; a removal that is not finished yet (409) is neither. */
function isAcknowledgement(answer: Answer): boolean {
  return answer.status < 500 && answer.status !== 409 && !isTooSlow(answer);
}

/** What was to end soon had ended when the request came: it is sent again, and counted from then. */
function isTooSlow({ status, body }: Answer): boolean {
  return status === 422 && body.errors?.some(({ rule }: any) => rule === 'must lie in the future') === true;
}

function checkAnswer({ status, body }: Answer, expected: Expected, once: boolean): void {
  // a step that took away its caller's own right to it cannot be repeated
  if (!once && expected.accepted && [403, 404].includes(status)) return;
  if (status < 300 !== expected.accepted)
    throw new Deviation(
      `answered ${status} ${body?.code ?? ''}, must be ${expected.accepted ? 'accepted' : 'refused'}`,
    );
  // a step that was repeated finds what it has done before
  if (!once || !expected.results || !expected.accepted) return;
  const results = new Map<string, string>(
    body.results.map((each: any) => [`${each.kind}:${each.name}`, each.status]),
  );
  for (const [target, result] of Object.entries(expected.results))
    if (results.get(target) !== result)
      throw new Deviation(`${target} is answered ${results.get(target)}, must be ${result}`);
  if (results.size !== Object.keys(expected.results).length)
    throw new Deviation(`answered are ${[...results.keys()].join(', ')}`);
}

export const asAdmin = { token: tokenOf(ADMIN) };
