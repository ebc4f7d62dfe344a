import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';

import type { CodeFlow } from './code-flow.js';

export const AUDIENCE = 'minio-manager';

interface Signer {
  kid: string;
  key: CryptoKey;
  jwk: JWK;
}

/** An OpenID Connect issuer on loopback, with discovery and a key set; it signs real tokens. */
export class Issuer {
  /** Requests so far: of the discovery document, of the keys. */
  readonly asked = { discovery: 0, keys: 0 };
  /** 500: answers that; hang: never answers. */
  fault: 'hang' | 500 | undefined;
  /** What the discovery document says instead of the truth. */
  lies: Record<string, unknown> = {};
  /** Where people log in, if they do. */
  flow: CodeFlow | undefined;
  private signers: Signer[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Issuer> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const issuer = new Issuer(
      server,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/lake`,
    );
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      if (path === '/realms/lake/token' && !issuer.fault) return void issuer.giveTokens(request, response);
      const body = issuer.answer(path);
      if (issuer.fault === 'hang') return;
      if (issuer.fault !== undefined || body === undefined)
        return void response.writeHead(issuer.fault ?? 404).end();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    });
    await issuer.rotate('RS256');
    return issuer;
  }

  private answer(path: string): unknown {
    if (path === '/realms/lake/.well-known/openid-configuration') {
      this.asked.discovery += 1;
      return { issuer: this.url, jwks_uri: `${this.url}/certs`, ...this.flow?.metadata(), ...this.lies };
    }
    if (path !== '/realms/lake/certs') return undefined;
    this.asked.keys += 1;
    return { keys: this.signers.map(({ jwk }) => jwk) };
  }

  private async giveTokens(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const [status, body] = (await this.flow?.token(request.headers.authorization, form)) ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  }

  /** A new key, first in line; `forget`: the old ones are withdrawn. */
  async rotate(alg: string, forget = false): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const kid = `key-${this.signers.length + 1}-${alg}`;
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
    this.signers = [{ kid, key: privateKey, jwk }, ...(forget ? [] : this.signers)];
  }

  /** A token of alice that is good for an hour, unless told otherwise; undefined leaves a claim out. */
  async token(
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: this.url,
      aud: AUDIENCE,
      sub: '5f1b1a5e',
      preferred_username: 'alice',
      iat: now,
      exp: now + 3600,
      ...claims,
    };
    const signer = this.signers[0];
    if (!signer) throw new Error('no key');
    const known = JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
    return new SignJWT(known)
      .setProtectedHeader({ alg: String(signer.jwk.alg), kid: signer.kid, typ: 'JWT', ...header })
      .sign(signer.key);
  }

  /** The public key that signs now. */
  get jwk(): JWK {
    return this.signers[0]?.jwk ?? {};
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
