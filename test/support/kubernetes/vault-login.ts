import { acceptLogins as accept } from '../../../scripts/demo/kubernetes/vault-logins.mjs';
import type { OpenBao } from '../servers/openbao.js';
import type { Kubernetes } from './server.js';

/** Service accounts of this cluster may log in at the vault. */
export async function acceptLogins(bao: OpenBao, kubernetes: Kubernetes): Promise<void> {
  await bao.call('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
  await accept((method, path, body) => bao.call(method, path, body), kubernetes);
}

/** Logs in at the vault. Returns a function that reads a path with the rights of the login; undefined: it was refused. */
export async function logIn(
  { address }: OpenBao,
  role: string,
  jwt: string,
): Promise<((path: string) => Promise<{ status: number; body: any }>) | undefined> {
  const answer = await fetch(`${address}/v1/auth/kubernetes/login`, {
    ...{ method: 'POST', body: JSON.stringify({ role, jwt }) },
  });
  if (answer.status !== 200) return undefined;
  const { auth } = (await answer.json()) as { auth: { client_token: string } };
  return async (path) => {
    const read = await fetch(`${address}/v1/${path}`, { headers: { 'x-vault-token': auth.client_token } });
    return { status: read.status, body: await read.json() };
  };
}
