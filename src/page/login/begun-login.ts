import { createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { returnAddress } from './return-address.js';

const BYTES = 32;
const FORM = /^([\w-]{43})\.([\w-]{1,4000})$/;

/** A way to log in that leads the browser elsewhere and back. */
export type Elsewhere = 'oidc' | 'jupyterhub';

/** The cookie of a login that has begun and leads elsewhere first. */
export const LOGIN_COOKIE = '__Host-lake-login';
/** How long one may take to log in elsewhere, in seconds. */
export const LOGIN_SECONDS = 600;

/**
 * A login that has begun in one browser. Everything that binds the answer to it is derived from a random text that only this browser's cookie
 * has, so no replica keeps anything of it, and the answer to another browser's login, or to one by another way, is refused.
 */
export class BegunLogin {
  private constructor(
    readonly way: Elsewhere,
    private readonly random: string,
    readonly returnTo: string,
  ) {}

  static begin(way: Elsewhere, returnTo: unknown): BegunLogin {
    return new BegunLogin(way, randomBytes(BYTES).toString('base64url'), returnAddress(returnTo));
  }

  /** The login that a cookie has, for an answer that came by `way`; undefined for anything that is none. */
  static of(way: Elsewhere, cookie: string | undefined): BegunLogin | undefined {
    const [, random, returnTo] = FORM.exec(cookie ?? '') ?? [];
    if (random === undefined || returnTo === undefined) return undefined;
    return new BegunLogin(way, random, returnAddress(Buffer.from(returnTo, 'base64url').toString('utf8')));
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

  /** What an issuer gets of `codeVerifier` at the beginning (RFC 7636, S256). */
  get codeChallenge(): string {
    return createHash('sha256').update(this.codeVerifier).digest('base64url');
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
      `minio-manager/page-login/${this.way}/${what}/v1`,
      BYTES,
    );
    return Buffer.from(bytes).toString('base64url');
  }
}
