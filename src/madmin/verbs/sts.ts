import { ADMIN, type Caller } from '../call.js';
import { MadminError, mapCode, parseErrorBody } from '../errors.js';
import type { CallOptions, Credentials, Revocation, Session, SessionRequest } from '../types.js';
import { readTexts } from '../xml.js';
import { checkNames, sentDocument } from './wire.js';

const FIELDS = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'] as const;

/** Temporary credentials. */
export class Sts {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * A session of the user whose long-term keys are given: the call is signed with these, not with the client's own. The session outlives a
   * change of the user's secret. Succeeds for a user without any policy: such a session can do nothing.
   * `unknown_access_key`, `account_disabled`, `signature_mismatch`, `clock_skew`; `denied` for the keys of an access key.
   */
  async assumeRole(
    credentials: Credentials,
    { durationSeconds, policy, tokenRevokeType }: SessionRequest = {},
    options?: CallOptions,
  ): Promise<Session> {
    const verb = 'sts.assumeRole';
    checkCredentials(verb, credentials);
    const form = {
      Version: '2011-06-15',
      Action: 'AssumeRole',
      ...(durationSeconds !== undefined && { DurationSeconds: String(durationSeconds) }),
      ...(policy && { Policy: JSON.stringify(sentDocument(policy)) }),
      ...(tokenRevokeType !== undefined && { TokenRevokeType: tokenRevokeType }),
    };
    const signer = this.#caller.signer(credentials, 'sts');
    // MinIO reads a user that it does not know yet, and finds the session again by itself
    const early = true;
    const spec = { verb, method: 'POST', path: '/', form, signer, maxBytes: 256 * 1024, early } as const;
    return this.#caller.run(spec, options, ({ body }) => toSession(body.toString('utf8')));
  }

  /**
   * Loads a session by its access key into the called node. After its start a node knows only sessions that were used since, until it reads
   * everything again (5 to 15 minutes), and `revokeTokens` ends only sessions that it knows. The request is signed with a key that cannot
   * be right: MinIO looks up the access key before it compares signatures. False: there is no such access key, neither in the node's memory
   * nor in MinIO's storage.
   */
  async load(accessKey: string, options?: CallOptions): Promise<boolean> {
    if (IMPOSSIBLE.test(accessKey)) return false;
    const verb = 'sts.load';
    const credentials = { accessKey, secretKey: 'no-secret-of-anything' };
    checkCredentials(verb, credentials);
    const spec = { verb, method: 'GET', path: '/', signer: this.#caller.signer(credentials, 's3') } as const;
    return this.#caller.run(
      spec,
      options,
      ({ status, body }) => {
        const { code, message } = parseErrorBody(body);
        return mapCode(status, code, message) !== 'unknown_access_key';
      },
      (status) => status === 403,
    );
  }

  /**
   * Ends sessions of a user: all of them that the node knows ({@link load}), or those with a `tokenRevokeType`. Works only on the called
   * node; the others accept the sessions for up to 15 minutes more. Succeeds also if there is no such user.
   */
  async revokeTokens(user: string, what: Revocation = {}, options?: CallOptions): Promise<void> {
    const verb = 'sts.revokeTokens';
    const { tokenRevokeType } = what;
    checkNames(verb, 'user name', [user]);
    if (tokenRevokeType !== undefined) checkNames(verb, 'token revoke type', [tokenRevokeType]);
    const query =
      tokenRevokeType === undefined
        ? { user, tokenRevokeType: '', fullRevoke: 'true' }
        : { user, tokenRevokeType };
    const path = `${ADMIN}/revoke-tokens/builtin`;
    // MinIO deletes one object for each session: 5,000 took 1.5 s.
    await this.#caller.send({ verb, method: 'POST', path, query, slow: true }, options);
  }
}

/** No access key of MinIO contains these, is shorter than 3, or is longer than a file name: each is a folder in MinIO's storage. */
const IMPOSSIBLE = /[^!-~]|[,=]|^.{0,2}$|^.{256}/u;

/** Values that an Authorization header cannot carry: MinIO splits it at commas. */
export function checkCredentials(verb: string, { accessKey, secretKey }: Credentials): void {
  checkNames(verb, 'access key', [accessKey], /[\p{Cc},]/u);
  checkNames(verb, 'secret key', [secretKey]);
}

function toSession(text: string): Session {
  const texts = readTexts(text, '/AssumeRoleResponse/AssumeRoleResult/Credentials');
  const [accessKey, secretKey, sessionToken, until] = FIELDS.map((name) => texts?.get(name));
  const expiration = new Date(until ?? '');
  if (!accessKey || !secretKey || !sessionToken || Number.isNaN(expiration.getTime())) {
    throw new MadminError('internal', 'sts.assumeRole: internal (the answer has no credentials)');
  }
  return { accessKey, secretKey, sessionToken, expiration };
}
