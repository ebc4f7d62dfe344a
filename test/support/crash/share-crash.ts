import { waitFor } from '../../../scripts/child.mjs';
import { type CrashBench, inGroups, type Moment } from './crash.js';
import { ask, bodyOf } from '../service/fleet.js';
import { subjectOf } from '../network/gate.js';
import { type Credential, LAKE } from '../access/probe.js';
import type { Call } from '../network/proxy.js';
import { S3 } from '../access/s3.js';
import type { Answer, Service } from '../service/service.js';
import type { Cast, Course, Part, ShareOperation } from '../access/share-operations.js';
import { GONE } from '../access/truth.js';

/** A cast, and the moment of its operation at which something goes wrong. */
export interface Scene {
  cast: Cast;
  /** In the words of a failure. */
  what: string;
}

const WATCH_MS = 500;
/** Far more than it takes, also on a slow machine. */
const SETTLED_MS = 60_000;

/** One right of one person, asked of MinIO itself. */
class Right {
  private last: boolean | undefined;

  constructor(
    readonly what: string,
    private readonly course: Course,
    private readonly test: () => Promise<boolean>,
  ) {}

  /** Looks; throws where it is not as it may be at this moment. True: it is as it must be in the end. */
  async look(): Promise<boolean> {
    const has = await this.test();
    const before = this.last;
    this.last = has;
    const wrong =
      (this.course === 'never' && has) ||
      (this.course === 'stays' && !has) ||
      (this.course === 'begins' && before === true && !has) ||
      (this.course === 'ends' && before === false && has);
    if (wrong) throw new Error(`${this.what}: ${this.course}, and it ${has ? 'is there' : 'is not there'}`);
    return has === (this.course === 'stays' || this.course === 'begins' || this.course === 'wavers');
  }
}

/** Casts of operations that shares are about, on a bench whose process dies. */
export class ShareBench {
  private count = 0;
  private readonly pairs = new Map<string, Credential>();
  private readonly s3: S3;

  constructor(private readonly bench: CrashBench) {
    this.s3 = new S3(bench.fleet.minio);
  }

  close(): void {
    this.s3.close();
  }

  /** Makes people, group, folder, and what the operation finds. */
  async prepare(operation: ShareOperation): Promise<Cast> {
    const { service } = this.bench.replica;
    const { fleet, neighbour } = this.bench;
    const [owner, first, second] = ['owner', 'first', 'second'].map((name) => fleet.person(name)) as [
      string,
      string,
      string,
    ];
    if (!this.pairs.has(neighbour))
      this.pairs.set(neighbour, await bodyOf(ask.pair(service, neighbour, { rotate: false }), 200));
    const folder = `users-warehouse/${owner}/shared/`;
    const made = [owner, first, second].map(async (name) =>
      this.pairs.set(name, await bodyOf(ask.pair(service, name), 201)),
    );
    await Promise.all([...made, this.s3.put(LAKE, `${folder}there`)]);
    const group = `Group_${(this.count += 1)}_${owner.slice(-4)}`;
    const cast = { owner, first, second, group, path: `s3a://${LAKE}/${folder}` };
    await operation.before?.(service, cast);
    return cast;
  }

  isOf({ owner, first, second, group }: Cast, call: Call): boolean {
    return [owner, first, second, group].includes(subjectOf(call) ?? '');
  }

  /** The calls to MinIO that the operation makes. */
  async callsOf(operation: ShareOperation): Promise<Call[]> {
    const { service, proxy } = this.bench.replica;
    const cast = await this.prepare(operation);
    proxy.reset();
    await bodyOf(operation.act(service, cast), 200, 204);
    return proxy.calls.filter((call) => this.isOf(cast, call));
  }

  /** One death of the process for all the moments, each in a cast of its own. Gives back those that were reached too slowly. */
  async dieAt(moments: Moment<ShareOperation>[]): Promise<Moment<ShareOperation>[]> {
    const casts = await inGroups(4, moments, ({ operation }) => this.prepare(operation));
    const scenes = moments.map((moment, index) => ({ ...moment, cast: casts[index] as Cast }));
    const plays = scenes.map(({ operation, point, cast }) => ({
      point,
      isOf: (call: Call) => this.isOf(cast, call),
      act: (service: Service) => operation.act(service, cast),
    }));
    let watched: Promise<void>[] = [];
    let isUp = (): void => undefined;
    const up = new Promise<void>((resolve) => (isUp = resolve));
    const late = await this.bench.die(plays, () => {
      watched = scenes.map(({ operation, point: { side, call }, cast }) =>
        this.watch(operation, { cast, what: `${operation.name}, killed ${side} call ${call}` }, up),
      );
      // waited for below; a failure meanwhile is no unhandled one
      for (const each of watched) each.catch(() => undefined);
    });
    isUp();
    await Promise.all(watched);
    return moments.filter((_, index) => late[index]);
  }

  /**
   * From now on until all is as it should be: at no moment is there a right that should not be. That must come about in time, counted
   * from when the service is up.
   */
  async watch(
    operation: ShareOperation,
    { cast, what }: Scene,
    up: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    const rights = this.rightsOf(operation, { cast, what });
    let left: string[] = [];
    const look = async (): Promise<boolean> => {
      left = [];
      for (const right of rights) if (!(await right.look())) left.push(right.what);
      if (left.length === 0 && !(await this.isGone(operation.gone?.(cast) ?? {})))
        left.push(`${what}: not gone`);
      return left.length === 0;
    };
    const isUp = up.then(() => true);
    for (let took = 0; ;) {
      // a busy machine must not be kept busy by the looks
      const rest = Math.max(WATCH_MS, 4 * took);
      if (await Promise.race([isUp, pause(rest).then(() => false)])) break;
      const start = performance.now();
      await look();
      took = performance.now() - start;
    }
    // rights are looked at one after another: what is so twice in a row was not just passing
    const settled = async (): Promise<boolean> => (await look()) && look();
    await waitFor(what, settled, { timeoutMs: SETTLED_MS, everyMs: WATCH_MS }).catch((error: Error) => {
      throw new Error([error.message, ...left].join('\n'), { cause: error });
    });
  }

  /** Whether one of the cast neither reads nor writes the folder. */
  async hasNothing(cast: Cast, part: Part): Promise<boolean> {
    const may = await Promise.all(
      (['read', 'write'] as const).map((verb) => this.may(cast[part], verb, cast)),
    );
    return !may.includes(true);
  }

  private may(who: string, verb: 'read' | 'write', cast: Cast): Promise<boolean> {
    const key = `${folderOf(cast)}${verb === 'read' ? 'there' : 'new'}`;
    return this.bench.truth.prober.ask({ as: this.pairs.get(who) as Credential, action: verb, key });
  }

  /** Neither MinIO nor the service knows them any more. While the service is away nobody can tell: then they are not gone yet. */
  private async isGone({ user, group }: { user?: string; group?: string }): Promise<boolean> {
    const { service } = this.bench.replica;
    const { truth } = this.bench;
    const isUnknown = async (asked: Promise<Answer>): Promise<boolean> =>
      (await asked.catch(() => undefined))?.status === 404;
    if (user !== undefined) return (await truth.state(user)) === GONE && isUnknown(ask.user(service, user));
    if (group === undefined) return true;
    const held = await Promise.all([
      ...[group, `mgr:readers:${group}`].map((name) => truth.has('group', name)),
      ...['group', 'readers'].flatMap((kind) =>
        [0, 1].map((shard) => truth.has('policy', `mgr:${kind}:${group}:${shard}`)),
      ),
    ]);
    return !held.includes(true) && isUnknown(ask.group(service, group));
  }

  private rightsOf({ read, write }: ShareOperation, { cast, what }: Scene): Right[] {
    const of = (who: string, part: string, course: Course, verb: 'read' | 'write'): Right =>
      new Right(`${what}: ${part} ${verb}s`, course, () => this.may(who, verb, cast));
    return [
      ...(['first', 'second'] as const).flatMap((part) => [
        of(cast[part], part, read[part], 'read'),
        of(cast[part], part, write[part], 'write'),
      ]),
      of(this.bench.neighbour, 'neighbour', 'never', 'read'),
    ];
  }
}

function folderOf({ path }: Cast): string {
  return path.slice(`s3a://${LAKE}/`.length);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
