import { Fleet, type Replica, ask, bodyOf, soon } from '../service/fleet.js';
import { Gate, type Point, startTogether, userOf } from '../network/gate.js';
import type { Credential } from '../access/probe.js';
import type { Call } from '../network/proxy.js';
import type { Answer, Service } from '../service/service.js';
import { Truth } from '../access/truth.js';

/** What somebody had in hands before the operation that the crash hits. */
export interface Held {
  pair: Credential;
  session: Credential;
  accessKey: Credential;
}

/** One user, and the moment of its operation at which the process dies. */
export interface Victim {
  user: string;
  point: Point;
  held?: Held;
}

export interface Operation {
  name: string;
  /** The user is there before, with a pair, a session and an access key. */
  existing: boolean;
  act(service: Service, user: string): Promise<Answer>;
  /** What the operation takes away: once dead, it stays dead. */
  ends(held: Held): Credential[];
  /** In the restarted process: the next login works, MinIO and database agree. */
  recover(bench: CrashBench, victim: Victim): Promise<void>;
  /** What can be looked at only when nobody watches the ended credentials any more. */
  afterwards?(bench: CrashBench, victim: Victim): Promise<void>;
}

/** Something that is asked of the process, and the moment at which it dies. */
export interface Play {
  point: Point;
  isOf: (call: Call) => boolean;
  act: (service: Service) => Promise<Answer>;
}

/** A point of one of several operations. */
export interface Moment<T> {
  operation: T;
  point: Point;
}

/** A held call must not run into its time-out of two seconds: the process would not die at the point. */
const PROMPT_MS = 1900;
/** Points of one death: the service has 64 connections to MinIO, and an operation holds up to three. */
const AT_ONCE = 20;
const REACH_MS = 90_000;
const WATCH_MS = 400;

/** One process that dies at the points of operations, and is started again on the same database. */
export class CrashBench {
  readonly truth: Truth;
  /** Access keys are calls' only name for their owners when they are deleted. */
  private readonly owners = new Map<string, string>();

  private constructor(
    readonly fleet: Fleet,
    readonly neighbour: string,
    private current: Replica,
  ) {
    this.truth = new Truth(fleet.minio);
  }

  static async start(kind: 'PGlite' | 'PostgreSQL'): Promise<CrashBench> {
    const fleet = await Fleet.start(kind);
    const replica = await fleet.add();
    const neighbour = fleet.person('neighbour');
    await bodyOf(ask.pair(replica.service, neighbour), 201);
    return new CrashBench(fleet, neighbour, replica);
  }

  get replica(): Replica {
    return this.current;
  }

  async stop(): Promise<void> {
    await this.truth.close();
    await this.fleet.stop();
  }

  /** SIGKILL, and the next process on the same database. */
  async restart(betweenLives: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { service, proxy } = this.current;
    await service.kill();
    await betweenLives();
    proxy.reset();
    this.current = await this.fleet.add({ proxy });
  }

  /** The calls that the operation makes for its user, once the process knows the bucket. */
  async callsOf(operation: Operation): Promise<Call[]> {
    const { service, proxy } = this.current;
    await this.warmUp();
    const { user } = await this.prepare(operation, { call: 0, side: 'before' });
    proxy.reset();
    await bodyOf(operation.act(service, user), 200, 201, 204);
    return proxy.calls.filter((call) => this.isOf(user, call));
  }

  /** One death of the process for all the moments, each reached by a user of its own. Gives back those that were reached too slowly. */
  async dieAt(moments: Moment<Operation>[]): Promise<Moment<Operation>[]> {
    await this.warmUp();
    const victims = await inGroups(4, moments, ({ operation, point }) => this.prepare(operation, point));
    const scenes = moments.map(({ operation }, index) => ({ operation, victim: victims[index] as Victim }));
    const plays = scenes.map(({ operation, victim: { user, point } }) => ({
      point,
      isOf: (call: Call) => this.isOf(user, call),
      act: (service: Service) => operation.act(service, user),
    }));
    let watches: (() => Promise<void>)[][] = [];
    const late = await this.die(plays, () => {
      watches = scenes.map(({ operation, victim: { user, held } }) =>
        endsOf(operation, held).map((each) => this.watch(each, user)),
      );
    });
    await Promise.all(
      scenes.map(({ operation, victim }, index) => this.recover(operation, victim, watches[index] ?? [])),
    );
    return moments.filter((_, index) => late[index]);
  }

  /** The process dies when every play has come to its point, and the next one starts. Tells which came there too slowly, or got through. */
  async die(plays: Play[], betweenLives: () => void): Promise<boolean[]> {
    const { service, proxy } = this.current;
    const gates = plays.map(({ isOf, point }) => new Gate(proxy, isOf, point));
    const operations = plays.map(({ act, point }, index) => ({
      gate: gates[index] as Gate,
      call: point.call,
      start: () => act(service).catch(() => 'cut off' as const),
    }));
    let isDead = false;
    const acts = startTogether(operations, () => isDead);
    // what MinIO was too slow for ends before it comes to its point, and counts as late
    const points = gates.map((gate, index) => Promise.race([gate.reached, acts[index]?.then(() => 0) ?? 0]));
    const reached = await inTime(Promise.all(points), 'every point');
    const late = reached.map((at) => performance.now() - at > PROMPT_MS);
    isDead = true;
    await this.restart(async () => {
      for (const gate of gates) gate.drop();
      const outcomes = await Promise.all(acts);
      for (const [index, outcome] of outcomes.entries()) late[index] ||= outcome !== 'cut off';
      betweenLives();
    });
    return late;
  }

  private async recover(
    operation: Operation,
    victim: Victim,
    watches: (() => Promise<void>)[],
  ): Promise<void> {
    const { user, held } = victim;
    try {
      await operation.recover(this, victim);
    } finally {
      await Promise.all(watches.map((end) => end()));
    }
    for (const ended of endsOf(operation, held)) {
      expect({ ...victim, lives: await this.truth.lives(ended, user) }).toEqual({ ...victim, lives: false });
    }
    await operation.afterwards?.(this, victim);
  }

  /** From now on until the returned function is called, a credential that has died stays dead and never reaches a neighbour. */
  private watch(credential: Credential, user: string): () => Promise<void> {
    let stop = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const watching = (async () => {
      for (let ended = false, lived = true; !ended;) {
        const start = performance.now();
        const lives = await this.truth.lives(credential, user);
        if (lives && !lived) throw new Error(`a credential of ${user} came to life again`);
        if (await this.truth.lives(credential, this.neighbour))
          throw new Error(`${user} reads the neighbour's home`);
        lived = lives;
        // a busy machine must not be kept busy by the looks
        const rest = Math.max(WATCH_MS, 4 * (performance.now() - start));
        ended = await Promise.race([stopped.then(() => true), pause(rest).then(() => false)]);
      }
    })();
    watching.catch(() => undefined);
    return () => {
      stop();
      return watching;
    };
  }

  private async prepare({ existing }: Operation, point: Point): Promise<Victim> {
    const { service } = this.current;
    const user = this.fleet.person('victim');
    if (!existing) return { user, point };
    const pair = await soon(() => ask.pair(service, user), 201, 200);
    const session = await soon(() => ask.session(service, user), 201);
    const accessKey = await soon(() => ask.accessKey(service, user), 201);
    this.owners.set(accessKey.access_key, user);
    return { user, point, held: { pair, session, accessKey } };
  }

  /** The first login of a process looks for the bucket: a call of nobody. */
  private async warmUp(): Promise<void> {
    await bodyOf(ask.pair(this.current.service, this.fleet.person('first')), 201);
  }

  private isOf(user: string, call: Call): boolean {
    const name = userOf(call) ?? '';
    return (this.owners.get(name) ?? name) === user;
  }
}

/** Every moment is played, in as few deaths as possible; one that is reached too slowly again, with fewer beside it. */
export async function playAll<T>(
  moments: Moment<T>[],
  dieAt: (some: Moment<T>[]) => Promise<Moment<T>[]>,
): Promise<void> {
  const most = 8 + 3 * Math.ceil(moments.length / AT_ONCE);
  let atOnce = AT_ONCE;
  for (let round = 1, left = moments; left.length > 0; round += 1) {
    if (round > most) throw new Error(`${left.length} points could not be reached in time`);
    const late = await dieAt(left.slice(0, atOnce));
    left = [...left.slice(atOnce), ...late];
    if (late.length > atOnce / 4) atOnce = Math.ceil(atOnce / 2);
  }
}

/** MinIO makes access keys one at a time, each in a tenth of a second: asked for more at once, it is too slow for the last. */
export async function inGroups<T, R>(size: number, items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}

function endsOf(operation: Operation, held: Held | undefined): Credential[] {
  return held ? operation.ends(held) : [];
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const late = pause(REACH_MS).then(() =>
    Promise.reject(new Error(`${what}: not reached in ${REACH_MS} ms`)),
  );
  return Promise.race([work, late]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
