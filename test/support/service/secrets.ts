import { readdirSync, readFileSync } from 'node:fs';

/** Fields of answers whose value must never be seen anywhere else. */
const SECRET_FIELDS = new Set(['secret_key', 'session_token', 'SecretAccessKey', 'Token', 'AccessKeyId']);

/** Remembers every secret that a test meets, and finds them, however written. */
export class SecretFinder {
  private readonly known = new Map<string, string>();

  get count(): number {
    return this.known.size;
  }

  /** `what` names the secret in a finding; the secret itself is never shown. */
  add(what: string, secret: string): void {
    if (secret.length >= 6) this.known.set(secret, what);
  }

  /** Takes the secrets out of an answer; of sessions and access keys the key itself, too. A pair's access key is a user's name. */
  note(where: string, body: unknown): void {
    if (typeof body !== 'object' || body === null) return;
    const fields = body as Record<string, unknown>;
    for (const [field, value] of Object.entries(fields)) {
      if (typeof value === 'object') this.note(where, value);
      else if (typeof value === 'string' && SECRET_FIELDS.has(field)) this.add(`${field} of ${where}`, value);
    }
    const { access_key: accessKey } = fields;
    if (typeof accessKey === 'string' && /^[A-Z0-9]{20}$/.test(accessKey))
      this.add(`access_key of ${where}`, accessKey);
  }

  /** What was found in a text or in bytes: raw, in base64, URL-encoded, in hex. */
  findIn(place: string, content: string | Buffer): string[] {
    const text = typeof content === 'string' ? content : content.toString('latin1');
    const found: string[] = [];
    for (const [secret, what] of this.known) {
      const way = Object.entries(written(secret)).find(([, form]) => text.includes(form));
      if (way) found.push(`${what} in ${place} (${way[0]})`);
    }
    return found;
  }
}

function written(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  return {
    raw: secret,
    ...Object.fromEntries([0, 1, 2].map((offset) => [`base64 at ${offset}`, base64At(offset, bytes)])),
    ...Object.fromEntries(
      [0, 1, 2].map((offset) => [
        `base64url at ${offset}`,
        base64At(offset, bytes).replace(/\+/g, '-').replace(/\//g, '_'),
      ]),
    ),
    'URL-encoded': encodeURIComponent(secret),
    hex,
    HEX: hex.toUpperCase(),
  };
}

/** Base64 depends on how many bytes stand before: three ways, each without the characters that hold bits of the neighbours. */
function base64At(offset: number, bytes: Buffer): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((offset * 8) / 6)).replace(/.{0,4}=*$/, '');
}

/** The arguments of every process that this one has started, and of those that they have. */
export function processArguments(): [string, Buffer][] {
  const parents = new Map(readdirSync('/proc').flatMap((pid) => parentOf(pid)));
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return [...parents.keys()].filter(isOurs).flatMap((pid): [string, Buffer][] => {
    const content = readProc(`${pid}/cmdline`);
    return content ? [[`the arguments of ${content.toString().split('\0')[0]}`, content]] : [];
  });
}

/** Looks at {@link processArguments} again and again while a suite runs: a child may live for moments. */
export class ArgumentWatch {
  /** Every command line that was there. */
  readonly seen = new Set<string>();
  readonly #timer = setInterval(() => this.look(), 100).unref();

  /** Ends it. Throws if one of the secrets stood in any of them. */
  stop(secrets: SecretFinder): void {
    this.look();
    clearInterval(this.#timer);
    const found = [...this.seen].flatMap((line) =>
      secrets.findIn(`the arguments of ${line.split('\0')[0]}`, line),
    );
    if (found.length > 0) throw new Error(`secrets were arguments: ${found.join('; ')}`);
  }

  private look(): void {
    for (const [, content] of processArguments()) this.seen.add(content.toString('latin1'));
  }
}

function parentOf(pid: string): [number, number][] {
  // the name of the program, in parentheses, may hold anything
  const parent = /^\d+$/.test(pid) && readProc(`${pid}/stat`)?.toString().split(') ').pop()?.split(' ')[1];
  return parent ? [[Number(pid), Number(parent)]] : [];
}

function readProc(path: string): Buffer | undefined {
  try {
    return readFileSync(`/proc/${path}`);
  } catch {
    return undefined; // the process is gone
  }
}
