import { createHash, randomBytes } from 'node:crypto';

/** What signs tokens. */
interface Signer {
  readonly url: string;
  token: (claims: Record<string, unknown>) => Promise<string>;
}

interface Person {
  user: string;
  /** When the person logged in at the issuer, in seconds since 1970. */
  authTime: number;
}

interface Grant extends Person {
  nonce: string;
  challenge: string;
  isUsed: boolean;
}

/** The code flow of an issuer with one confidential client (OpenID Connect Core, RFC 7636, RFC 9700): every parameter is checked, each code and refresh token counts once. */
export class CodeFlow {
  readonly client = { id: 'lake-page', secret: randomBytes(20).toString('hex') };
  /** How long an access token lasts. */
  accessSeconds = 3600;
  /** Claims of ID tokens that are not the truth. */
  lies: Record<string, unknown> = {};
  /** Requests of the token endpoint so far, by grant type. */
  readonly asked: string[] = [];
  /** Every token and code that was given out. */
  readonly given: string[] = [];
  private readonly codes = new Map<string, Grant>();
  private readonly refreshes = new Map<string, Grant>();

  constructor(
    private readonly issuer: Signer,
    private readonly redirectUri: string,
  ) {}

  metadata(): Record<string, unknown> {
    const { url } = this.issuer;
    return {
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      end_session_endpoint: `${url}/logout`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
    };
  }

  /** A person's browser opens the address and logs in: where the issuer leads it. Throws if the request is not as it must be. */
  authorize(address: string, user: string, authTime = now()): URL {
    const { origin, pathname, searchParams } = new URL(address);
    if (`${origin}${pathname}` !== `${this.issuer.url}/auth`) throw new Error(`not the issuer: ${address}`);
    const given = Object.fromEntries(searchParams);
    const {
      state = '',
      nonce = '',
      code_challenge: challenge = '',
      max_age: age = '',
      prompt,
      ...rest
    } = given;
    const { client, redirectUri } = this;
    const expected = {
      client_id: client.id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
    };
    const all = JSON.stringify(Object.entries({ ...expected, code_challenge_method: 'S256' }).sort());
    if (JSON.stringify(Object.entries(rest).sort()) !== all) throw new Error(`invalid_request: ${address}`);
    for (const random of [state, nonce, challenge])
      if (!/^[\w-]{43}$/.test(random)) throw new Error(`not random: ${address}`);
    if (prompt !== undefined && prompt !== 'login') throw new Error('prompt');
    if (!/^\d+$/.test(age)) throw new Error('max_age');
    const code = this.random();
    this.codes.set(code, { user, authTime, nonce, challenge, isUsed: false });
    const callback = new URL(redirectUri);
    callback.search = new URLSearchParams({ code, state, iss: this.issuer.url }).toString();
    return callback;
  }

  /** The person is logged out at the issuer, or is not there any more. */
  endAll(): void {
    for (const grant of this.refreshes.values()) grant.isUsed = true;
  }

  /** The answer of the token endpoint. */
  async token(authorization: string | undefined, form: URLSearchParams): Promise<[number, object]> {
    const grantType = form.get('grant_type') ?? '';
    this.asked.push(grantType);
    if (!this.isClient(authorization)) return [401, { error: 'invalid_client' }];
    const grants = grantType === 'refresh_token' ? this.refreshes : this.codes;
    const grant = grants.get(form.get(grantType === 'refresh_token' ? 'refresh_token' : 'code') ?? '');
    if (!grant || grant.isUsed) return [400, { error: 'invalid_grant' }];
    grant.isUsed = true;
    if (grantType === 'authorization_code') {
      const verifier = form.get('code_verifier') ?? '';
      const isSame = createHash('sha256').update(verifier).digest('base64url') === grant.challenge;
      if (!isSame || form.get('redirect_uri') !== this.redirectUri) return [400, { error: 'invalid_grant' }];
    }
    return [200, await this.tokens(grant)];
  }

  /** Name and secret are encoded as in a form before they are joined (RFC 6749, section 2.3.1). */
  private isClient(authorization = ''): boolean {
    const [, encoded = ''] = /^Basic ([\w+/=]+)$/.exec(authorization) ?? [];
    const given = Buffer.from(encoded, 'base64').toString('utf8').split(':').map(decodeURIComponent);
    return given.length === 2 && given[0] === this.client.id && given[1] === this.client.secret;
  }

  private async tokens(grant: Grant): Promise<object> {
    const { user, authTime, nonce } = grant;
    const person = { preferred_username: user, sub: `id of ${user}`, azp: this.client.id };
    const refresh = this.random();
    this.refreshes.set(refresh, { ...grant, isUsed: false });
    const access = await this.issuer.token({
      ...person,
      exp: now() + this.accessSeconds,
      jti: this.random(),
    });
    const own = { aud: this.client.id, nonce, auth_time: authTime, typ: 'ID' };
    const id = await this.issuer.token({ ...person, ...own, ...this.lies });
    this.given.push(access, id);
    return {
      access_token: access,
      token_type: 'Bearer',
      expires_in: this.accessSeconds,
      refresh_token: refresh,
      id_token: id,
    };
  }

  private random(): string {
    const text = randomBytes(24).toString('base64url');
    this.given.push(text);
    return text;
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
