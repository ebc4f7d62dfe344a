import { Sealer } from '../../../src/madmin/encryption.js';
import { type Query, Signer } from '../../../src/madmin/signing.js';

/** Credentials as the service's answers name them; a session has a token, too. */
export interface Keys {
  access_key: string;
  secret_key: string;
  session_token?: string;
}

export interface AdminCall {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  path: string;
  query?: Query;
  /** Sent encrypted with the caller's secret key, as MinIO's own client does. */
  body?: unknown;
}

/**
 * What a holder of keys might try at MinIO's admin API, with bodies that MinIO would take from an administrator. Not here: what MinIO
 * grants to everybody without asking a policy, which is to see its own account and keys and to end its own keys and sessions.
 */
export function temptations(user: string): Record<string, AdminCall> {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['s3:*'] }] };
  const own = {
    targetUser: user,
    accessKey: 'SELFMADEKEY123456789',
    secretKey: 'self-made-secret-1',
    name: 'k',
  };
  return {
    'list-users': { method: 'GET', path: 'list-users' },
    'user-info of itself': { method: 'GET', path: 'user-info', query: { accessKey: user } },
    'add-user on itself': {
      method: 'PUT',
      path: 'add-user',
      query: { accessKey: user },
      body: { secretKey: 'a-secret-of-its-own', status: 'enabled' },
    },
    'add-user of another': {
      method: 'PUT',
      path: 'add-user',
      query: { accessKey: 'mallory' },
      body: { secretKey: 'a-secret-of-its-own', status: 'enabled' },
    },
    'add-service-account for itself': { method: 'PUT', path: 'add-service-account', body: own },
    'add-service-account for bob': {
      method: 'PUT',
      path: 'add-service-account',
      body: { ...own, targetUser: 'bob' },
    },
    'list-service-accounts of bob': { method: 'GET', path: 'list-service-accounts', query: { user: 'bob' } },
    'add-canned-policy': {
      method: 'PUT',
      path: 'add-canned-policy',
      query: { name: `mgr:user:${user}:0` },
      body: everything,
    },
    'set-user-or-group-policy': {
      method: 'PUT',
      path: 'set-user-or-group-policy',
      query: { policyName: 'readwrite', userOrGroup: user, isGroup: 'false' },
    },
    'revoke-tokens of bob': {
      method: 'POST',
      path: 'revoke-tokens/builtin',
      query: { user: 'bob', tokenRevokeType: '', fullRevoke: 'true' },
    },
    'server info': { method: 'GET', path: 'info' },
  };
}

/** Sends it signed with these keys; the code of MinIO's refusal, or the status. */
export async function adminCall(endpoint: string, keys: Keys, call: AdminCall): Promise<string> {
  const body =
    call.body === undefined
      ? undefined
      : await new Sealer(keys.secret_key, 'pbkdf2-aes').seal(Buffer.from(JSON.stringify(call.body)));
  const signer = new Signer({
    host: new URL(endpoint).host,
    service: 's3',
    region: 'us-east-1',
    credentials: { accessKey: keys.access_key, secretKey: keys.secret_key },
  });
  const token = keys.session_token ? { 'x-amz-security-token': keys.session_token } : undefined;
  const { target, headers } = signer.sign({
    method: call.method,
    path: `/minio/admin/v3/${call.path}`,
    ...(call.query ? { query: call.query } : {}),
    ...(body ? { body } : {}),
    ...(token ? { headers: token } : {}),
  });
  const { host: _, ...sent } = headers;
  const init = { method: call.method, headers: sent, ...(body ? { body: new Uint8Array(body) } : {}) };
  const answer = await fetch(`${endpoint}${target}`, init);
  const text = await answer.text();
  return /"Code":"(\w+)"/.exec(text)?.[1] ?? String(answer.status);
}
