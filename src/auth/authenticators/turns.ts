import { authUnavailable } from './auth-http.js';

/** How many tokens are checked at one service at once, and how long the others wait. */
export interface TurnLimits {
  /** Calls in progress at once. */
  atOnce: number;
  /** Of these, reserved for tokens that were valid before. */
  keptFree: number;
  /** Of the rest, the maximum for one address. */
  perAddress: number;
  /** Maximum waiting calls, per address and in total. */
  waitingPerAddress: number;
  waiting: number;
  /** Maximum wait, in milliseconds. */
  waitMs: number;
}

export const TURNS: TurnLimits = {
  atOnce: 32,
  keptFree: 8,
  perAddress: 12,
  waitingPerAddress: 500,
  waiting: 2000,
  waitMs: 3000,
};

/** Who needs a token checked. */
export interface Asker {
  /** The source of the request; see {@link addressKey}. */
  address: string;
  /** The token was valid at an earlier check. */
  known: boolean;
}

interface Waiting {
  asker: Asker;
  begin: () => void;
}

/**
 * Turns at one token service. Unknown tokens get only a part of them, and each address only a part of that, in rotation. A client that
 * sends random tokens therefore blocks neither other clients nor tokens that were valid before.
 */
export class Turns {
  /** Waiting calls by address; calls with tokens that were valid before have no address. Addresses take turns in the order of the map. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Map<string, number>();
  #known = 0;
  #unknown = 0;

  constructor(private readonly limits: TurnLimits = TURNS) {}

  /** Runs the work in its turn. Throws `auth_unavailable` if the turn does not come in time. */
  async run<T>(asker: Asker, work: () => Promise<T>): Promise<T> {
    if (!this.mayBegin(asker)) await this.wait(asker);
    else this.count(asker, 1);
    try {
      return await work();
    } finally {
      this.count(asker, -1);
      this.next();
    }
  }

  private mayBegin({ address, known }: Asker): boolean {
    const { atOnce, keptFree, perAddress } = this.limits;
    if (this.#known + this.#unknown >= atOnce) return false;
    return known || (this.#unknown < atOnce - keptFree && (this.#running.get(address) ?? 0) < perAddress);
  }

  private wait(asker: Asker): Promise<void> {
    const key = keyOf(asker);
    const queue = this.#waiting.get(key) ?? [];
    const all = [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0);
    if (queue.length >= this.limits.waitingPerAddress || all >= this.limits.waiting)
      throw authUnavailable('Too many tokens are being checked');
    this.#waiting.set(key, queue);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.drop(key, waiting);
        reject(authUnavailable('Too many tokens are being checked'));
      }, this.limits.waitMs);
      const waiting = {
        asker,
        begin: () => {
          clearTimeout(timer);
          this.count(asker, 1);
          resolve();
        },
      };
      queue.push(waiting);
    });
  }

  private next(): void {
    const known = this.#waiting.get('');
    for (const [key, queue] of [...(known ? [['', known] as const] : []), ...this.#waiting]) {
      const [first] = queue;
      if (!first || !this.mayBegin(first.asker)) continue;
      this.drop(key, first);
      // move the address behind the others
      if (queue.length > 0 && !first.asker.known) {
        this.#waiting.delete(key);
        this.#waiting.set(key, queue);
      }
      return first.begin();
    }
  }

  private drop(key: string, waiting: Waiting): void {
    const queue = this.#waiting.get(key);
    queue?.splice(queue.indexOf(waiting), 1);
    if (queue?.length === 0) this.#waiting.delete(key);
  }

  private count({ address, known }: Asker, by: 1 | -1): void {
    if (known) {
      this.#known += by;
      return;
    }
    this.#unknown += by;
    const running = (this.#running.get(address) ?? 0) + by;
    if (running > 0) this.#running.set(address, running);
    else this.#running.delete(address);
  }
}

/** All tokens that were valid before wait in one queue. */
function keyOf({ address, known }: Asker): string {
  return known ? '' : address;
}

/** The unit that limits count as one address: a whole IPv4 address, or the /64 network of an IPv6 address, which one host may own. */
export function addressKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = (ip.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
