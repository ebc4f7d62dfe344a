import type { Fleet, Replica } from '../service/fleet.js';
import type { Random } from './random.js';

/** A process dies at one of so many calls to MinIO that follow. */
const CALLS = 8;

/** What goes wrong: processes that die at a call to MinIO, and a MinIO that does not answer. */
export class Faults {
  private readonly replicas: Replica[] = [];
  private repairing: Promise<string[]> | undefined;
  private outage: 'refuses' | 'is silent' | 'is frozen' | undefined;
  /** When the last fault was over (`performance.now()`); 0: there was none since the last look. */
  overAt = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly random: Random,
  ) {}

  async start(processes: number): Promise<void> {
    while (this.replicas.length < processes) this.replicas.push(await this.fleet.add());
  }

  /** A process to ask, drawn. */
  pick(): Replica {
    return this.random.pick(this.replicas);
  }

  /** The process after that one, the same where there is one only. */
  next(replica: Replica): Replica {
    return this.replicas[(this.replicas.indexOf(replica) + 1) % this.replicas.length] as Replica;
  }

  /** One process is killed when it makes the k-th call from now: before MinIO sees the call, or when MinIO has answered it. */
  armCrash(): string {
    const { service, proxy } = this.pick();
    const at = 1 + this.random.below(CALLS);
    const before = this.random.chance(0.5);
    let count = 0;
    const die = async (): Promise<void> => {
      this.touch();
      await service.kill();
    };
    const isLeft = (): boolean => service.isRunning() && count <= at;
    proxy.hook(isLeft, {
      before: async () => {
        if ((count += 1) < at || !before) return;
        await die();
        return 'drop';
      },
      after: async () => {
        if (count < at || before) return;
        await die();
        throw new Error('nobody is there to be answered');
      },
    });
    return `a process dies ${before ? 'before' : 'after'} its call ${at} to MinIO`;
  }

  async beginOutage(): Promise<string> {
    const how = this.random.pick(['refuses', 'is silent', 'is frozen'] as const);
    if (this.outage) return 'MinIO is still away';
    this.outage = how;
    this.touch();
    if (how === 'is frozen') this.fleet.minio.pause();
    for (const { proxy } of this.replicas) {
      if (how === 'refuses') await proxy.refuse();
      if (how === 'is silent') proxy.fail(() => true, 'hang');
    }
    return `MinIO ${how}`;
  }

  /** MinIO answers again, and who has died is started again: once, however many steps find that out. What was done, for people. */
  repair(): Promise<string[]> {
    this.repairing ??= this.putRight().finally(() => (this.repairing = undefined));
    return this.repairing;
  }

  /** MinIO took too long by itself. */
  wasSlow(): void {
    this.touch();
  }

  private async putRight(): Promise<string[]> {
    const done: string[] = [];
    if (this.outage) {
      done.push('MinIO is back');
      if (this.outage === 'is frozen') this.fleet.minio.resume();
      for (const { proxy } of this.replicas) {
        if (this.outage === 'refuses') await proxy.accept();
        proxy.reset();
      }
      this.outage = undefined;
      this.touch();
    }
    for (const [index, { service, proxy }] of this.replicas.entries()) {
      if (service.isRunning()) continue;
      proxy.reset();
      this.replicas[index] = await this.fleet.add({ proxy });
      this.touch();
      done.push('a process is started again');
    }
    return done;
  }

  /** Nothing more goes wrong by itself. */
  async disarm(): Promise<string[]> {
    const done = await this.repair();
    for (const { proxy } of this.replicas) proxy.reset();
    // one may have been dying just then
    return [...done, ...(await this.repair())];
  }

  private touch(): void {
    this.overAt = performance.now();
  }
}
