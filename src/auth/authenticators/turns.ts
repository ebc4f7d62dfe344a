import { authUnavailable } from './auth-http.js';

/** How many tokens one service is asked about at once, and who waits for how long. */
export interface TurnLimits {
  /** Calls under way at once. */
  atOnce: number;
  /** Of these, kept free for tokens that were valid before. */
  keptFree: number;
  /** Of the rest, what one address may have. */
  perAddress: number;
  /** Waiting at once, of one address and in all. */
  waitingPerAddress: number;
  waiting: number;
  /** How long one waits, in milliseconds. */
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

/** Whose token is to be asked about. */
export interface Asker {
  /** Where the request comes from; see {@link addressKey}. */
  address: string;
  /** The token was valid when it was asked about before. */
  known: boolean;
}

interface Waiting {
  asker: Asker;
  begin: () => void;
}

/**
 * Turns at one service that knows tokens. Tokens that nobody has seen get a part of them only, and each address a part of that, one after the
 * other: whoever sends random tokens keeps neither others out nor those that were valid before.
 */
export class Turns {
  /** Those that wait, by address; those that were valid before under no address. The addresses take turns in the order of the map. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Map<string, number>();
  #known = 0;
  #unknown = 0;

  constructor(private readonly limits: TurnLimits = TURNS) {}

  /** Does the work in its turn. Throws `auth_unavailable` when that does not come in time. */
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
      // the address goes behind the others
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

/** Those that were valid before wait in one line. */
function keyOf({ address, known }: Asker): string {
  return known ? '' : address;
}

/** What counts as one address: IPv4 whole, of IPv6 the network of 64 bits, which one host has to itself. */
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
