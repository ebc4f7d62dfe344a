import type { Call, Proxy } from './proxy.js';

/** A moment in an operation: before its k-th call to MinIO is forwarded, or after MinIO has answered it. */
export interface Point {
  call: number;
  side: 'before' | 'after';
}

/** Every point of an operation that makes these calls. A read changes nothing: before and after it are the same. */
export function pointsOf(calls: readonly Call[]): Point[] {
  return calls.flatMap(({ method }, index) => {
    const before = { call: index + 1, side: 'before' as const };
    return method === 'GET' ? [before] : [before, { ...before, side: 'after' as const }];
  });
}

/** Whose call it is: the user that it reads or writes, or the one that signed it. */
export function userOf({ query, path, accessKey }: Call): string | undefined {
  return (
    query.get('userOrGroup') ??
    query.get('user') ??
    /^mgr:user:(.+):\d+$/.exec(query.get('name') ?? '')?.[1] ??
    query.get('accessKey') ??
    /^\/[^/]+\/users-warehouse\/([^/]+)\//.exec(path)?.[1] ??
    accessKey
  );
}

/** Whose call it is: the group that it reads or writes, its readers' half included, or else the user. */
export function subjectOf(call: Call): string | undefined {
  const { query, path, body } = call;
  const named =
    query.get('group') ??
    /^mgr:(?:group|readers):(.+):\d+$/.exec(query.get('name') ?? '')?.[1] ??
    (path.endsWith('/update-group-members')
      ? /"group":"([^"]+)"/.exec(body?.toString() ?? '')?.[1]
      : undefined) ??
    userOf(call);
  return named?.replace(/^mgr:readers:/, '');
}

/** Lets an operation on MinIO come as far as a point and no further; what comes later of the same calls waits with it, unless `alone`. */
export class Gate {
  /** The calls that MinIO has not seen because they wait here. */
  readonly held: Call[] = [];
  /** The moment (of `performance.now()`) at which the point was reached. */
  readonly reached: Promise<number>;
  private readonly opened: Promise<'pass' | 'drop'>;
  private readonly numbers = new Map<Call, number>();
  private decide: (what: 'pass' | 'drop') => void = () => undefined;
  /** Calls that have come here. */
  count = 0;

  constructor(proxy: Proxy, isCounted: (call: Call) => boolean, point: Point, alone = false) {
    this.opened = new Promise((resolve) => (this.decide = resolve));
    let reach = (_at: number): void => undefined;
    this.reached = new Promise((resolve) => (reach = resolve));
    const first = point.side === 'before' ? point.call : point.call + 1;
    proxy.hook(isCounted, {
      before: async (call) => {
        this.numbers.set(call, (this.count += 1));
        if (this.count < first || (alone && this.count > first)) return;
        this.held.push(call);
        if (this.count === point.call) reach(performance.now());
        if ((await this.opened) === 'drop') return 'drop';
      },
      after: async (call) => {
        if (this.numbers.get(call) !== point.call || point.side === 'before') return;
        reach(performance.now());
        if ((await this.opened) === 'drop') throw new Error('nobody is there to be answered');
      },
    });
  }

  /** What waits goes on its way. */
  open(): void {
    this.decide('pass');
  }

  /** What waits never arrives: MinIO does not see the calls, nobody sees the answers. */
  drop(): void {
    this.decide('drop');
  }
}

/**
 * Starts operations, each of which has a gate at one of its calls, so that all come there at about the same time: whoever has fewer calls to
 * make before starts later. What has not started when `isOver` says so does not start at all.
 */
export function startTogether<T>(
  operations: readonly { gate: Gate; call: number; start: () => Promise<T> }[],
  isOver: () => boolean,
): Promise<T | undefined>[] {
  const most = Math.max(...operations.map(({ call }) => call));
  const passed = () => Math.max(...operations.map(({ gate }) => gate.count));
  // on a slow machine one may end without having come to its gate: nobody waits for it
  const running = new Set(operations.filter(({ call }) => call === most));
  const isBehind = (call: number) => [...running].some((each) => each.call - each.gate.count > call);
  return operations.map(async (operation) => {
    const { call, start } = operation;
    while (passed() < most - call && isBehind(call) && !isOver())
      await new Promise((resolve) => setTimeout(resolve, 2));
    if (isOver()) return undefined;
    running.add(operation);
    return start().finally(() => running.delete(operation));
  });
}
