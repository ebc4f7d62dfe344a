import { Injectable, Logger } from '@nestjs/common';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from '../../../common/caller.js';
import { Problem } from '../../../common/problems/problem.js';
import { AppConfig } from '../../../config/app-config.js';
import { checkUserName } from '../../../policy/names.js';
import { KnownAdminsStore } from '../../people/known-admins.store.js';
import { authUnavailable } from '../auth-http.js';
import { type Authenticator, isJsonWebToken, type Turn } from '../authenticator.js';
import { LoginGroupNames } from '../login-groups.js';
import { REFUSED_MS, type AuthResult } from '../verdicts.js';
import { claimAt, isEmailVerified, isIdToken, rolesIn } from './claims.js';
import { Discovery, type OidcProvider } from './discovery.js';
import { GroupsClaim } from './groups-claim.js';
import { ProviderKeys } from './provider-keys.js';

/** Maximum clock difference between the issuer and this service, in seconds. */
const SKEW_SECONDS = 60;
/** Maximum cache time of a result, in milliseconds. A withdrawn key or a lost role takes effect after it. */
const KEPT_MS = 60_000;
/** Public-key signatures only: with a shared secret (HS256), anyone who can verify tokens could forge them. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** The `typ` header of access and ID tokens. Logout tokens (`logout+jwt`) are neither (RFC 9068, RFC 8725 section 3.11). */
const TYPES = /^(application\/)?(at\+)?jwt$/i;

/** Users of an OpenID Connect issuer, by the signed tokens that it issues. */
@Injectable()
export class OidcAuthenticator implements Authenticator {
  private readonly logger = new Logger('OIDC');
  /** Claims that were missing or had another form. Each is logged once. */
  readonly #reported = new Set<string>();
  readonly #discovery: Discovery | undefined;
  readonly #groups: GroupsClaim | undefined;
  #keys: ProviderKeys | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly admins: KnownAdminsStore,
    private readonly groups: LoginGroupNames,
  ) {
    if (config.groupsFrom?.source === 'oidc') this.#groups = new GroupsClaim(config.groupsFrom.claim);
    if (config.oidc) this.#discovery = new Discovery(config.oidc.issuer);
  }

  accepts(token: string): boolean {
    return this.#discovery !== undefined && isJsonWebToken(token);
  }

  /** The issuer's own name. Throws `auth_unavailable`. */
  async ping(): Promise<string> {
    return (await this.provider()).issuer;
  }

  async ask(token: string, tokenHash: string, turn: Turn): Promise<[AuthResult, number]> {
    const claims = await this.verify(token, turn);
    if (!claims) return [{ refused: true }, REFUSED_MS];
    const caller = this.callerOf(claims, tokenHash);
    if (caller instanceof Problem) return [{ problem: caller }, REFUSED_MS];
    await this.admins.note(caller.name, caller.admin);
    const left = ((claims.exp ?? 0) + SKEW_SECONDS) * 1000 - Date.now();
    return [{ caller }, Math.max(1, Math.min(KEPT_MS, left))];
  }

  /** The claims of a token that is valid now and issued for this service. */
  private async verify(token: string, turn: Turn): Promise<JWTPayload | undefined> {
    const { issuer, jwksUri } = await this.provider();
    if (this.#keys?.url.href !== jwksUri.href) this.#keys = new ProviderKeys(jwksUri);
    const keys = this.#keys;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        (header, jws) => keys.find(header, jws, turn),
        {
          issuer,
          audience: [...(this.config.oidc?.audience ?? [])],
          algorithms: ALGORITHMS,
          clockTolerance: SKEW_SECONDS,
          requiredClaims: ['exp'],
        },
      );
      return TYPES.test(protectedHeader.typ ?? 'JWT') && !isIdToken(payload) ? payload : undefined;
    } catch (error) {
      // jose's errors can contain the claims, so do not pass them on
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  private callerOf(claims: JWTPayload, tokenHash: string): Caller | Problem {
    const { oidc, minio } = this.config;
    const claim = oidc?.userClaim ?? '';
    const value = claimAt(claims, claim);
    if (typeof value !== 'string') {
      this.report('OIDC_USER_CLAIM', claim, value);
      return new Problem('forbidden', `The token has no claim ${claim}`);
    }
    const verified = isEmailVerified(claims);
    if (claim === 'email' && !verified) return new Problem('forbidden', 'The e-mail address is not verified');
    const name = `${oidc?.userPrefix ?? ''}${value}`;
    const broken = checkUserName(name, { rootUser: minio.accessKey });
    if (broken) return new Problem('forbidden', `The claim ${claim} is not a user name: ${broken.rule}`);
    const admin = this.isAdmin(claims);
    const { email } = claims;
    return {
      name,
      kind: 'person',
      admin,
      scopes: [],
      tokenHash,
      ...(verified && typeof email === 'string' ? { verifiedEmail: email } : {}),
      login: { directory: 'oidc', asOf: issuedAt(claims) },
      ...(claims.exp === undefined ? {} : { tokenEndsAt: claims.exp * 1000 }),
      ...this.groupsOf(claims),
    };
  }

  /** Of two tokens of a person, the later one tells the groups. */
  private groupsOf(claims: JWTPayload): Pick<Caller, 'loginGroups'> {
    const { claim = '' } = this.config.groupsFrom ?? {};
    const names = this.#groups?.namesIn(claims, (value) => this.report('GROUPS_FROM', claim, value));
    return this.groups.of('oidc', names, issuedAt(claims));
  }

  private isAdmin(claims: JWTPayload): boolean {
    const { rolesClaim = '', adminRoles = [] } = this.config.oidc ?? {};
    if (adminRoles.length === 0) return false;
    const roles = rolesIn(claims, rolesClaim);
    if (!roles) this.report('OIDC_ROLES_CLAIM', rolesClaim, claimAt(claims, rolesClaim));
    return adminRoles.some((role) => roles?.includes(role));
  }

  private report(variable: string, claim: string, value: unknown): void {
    if (this.#reported.has(variable)) return;
    this.#reported.add(variable);
    const what = value === undefined ? 'is missing' : 'has another form';
    this.logger.warn(`In a token, the claim ${claim} of ${variable} ${what}`);
  }

  private provider(): Promise<OidcProvider> {
    if (!this.#discovery) throw authUnavailable('No OIDC issuer is configured');
    return this.#discovery.provider();
  }
}

/** When the token was issued, in milliseconds since 1970: now, if it does not say or says a later time. */
function issuedAt({ iat = Infinity }: JWTPayload): number {
  return Math.min(Date.now(), iat * 1000);
}
