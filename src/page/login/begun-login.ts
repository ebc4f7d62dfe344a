import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { returnAddress } from './return-address.js';

const BYTES = 32;
const FORM = /^([\w-]{43})\.([\w-]{1,4000})$/;

/** The cookie of a login that has begun and leads elsewhere first. */
export const LOGIN_COOKIE = '__Host-lake-login';
/** How long one may take to log in elsewhere, in seconds. */
export const LOGIN_SECONDS = 600;

/**
 * A login that has begun in one browser. Everything that binds the answer to it is derived from a random text that only this browser's cookie
 * has, so no replica keeps anything of it, and the answer to another browser's login is refused.
 */
export class BegunLogin {
  private constructor(
    private readonly random: string,
    readonly returnTo: string,
  ) {}

  static begin(returnTo: unknown): BegunLogin {
    return new BegunLogin(randomBytes(BYTES).toString('base64url'), returnAddress(returnTo));
  }

  /** The login that a cookie has; undefined for anything that is none. */
  static of(cookie: string | undefined): BegunLogin | undefined {
    const [, random, returnTo] = FORM.exec(cookie ?? '') ?? [];
    if (random === undefined || returnTo === undefined) return undefined;
    return new BegunLogin(random, returnAddress(Buffer.from(returnTo, 'base64url').toString('utf8')));
  }

  get cookie(): string {
    return `${this.random}.${Buffer.from(this.returnTo).toString('base64url')}`;
  }

  get state(): string {
    return this.derive('state');
  }

  get nonce(): string {
    return this.derive('nonce');
  }

  get codeVerifier(): string {
    return this.derive('code-verifier');
  }

  /** Whether an answer is the one to this login. */
  isAnsweredBy(state: unknown): boolean {
    if (typeof state !== 'string') return false;
    const [given, own] = [Buffer.from(state), Buffer.from(this.state)];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  private derive(what: string): string {
    const bytes = hkdfSync(
      'sha256',
      this.random,
      Buffer.alloc(0),
      `minio-manager/page-login/${what}/v1`,
      BYTES,
    );
    return Buffer.from(bytes).toString('base64url');
  }
}
