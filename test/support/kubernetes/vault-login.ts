import { readFileSync } from 'node:fs';
import type { OpenBao } from '../servers/openbao.js';
import type { Kubernetes } from './server.js';

const REVIEWER = 'vault-reviewer';

/** Service accounts of this cluster may log in at the vault: it asks the API server about each token, as docs/targets.md says. */
export async function acceptLogins(bao: OpenBao, kubernetes: Kubernetes): Promise<void> {
  await kubernetes.apply('admin', `/api/v1/namespaces/kube-system/serviceaccounts/${REVIEWER}`, {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: REVIEWER } },
  });
  const group = 'rbac.authorization.k8s.io';
  await kubernetes.apply('admin', `/apis/${group}/v1/clusterrolebindings/${REVIEWER}`, {
    ...{ apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata: { name: REVIEWER } },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'kube-system', name: REVIEWER }],
  });
  await bao.call('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
  await bao.call('POST', 'auth/kubernetes/config', {
    kubernetes_host: kubernetes.address,
    kubernetes_ca_cert: readFileSync(kubernetes.caFile, 'utf8'),
    token_reviewer_jwt: await tokenOf(kubernetes, 'kube-system', REVIEWER),
  });
}

/** A token of a service account that is good for ten minutes, as the operator asks for one. */
export async function tokenOf(
  kubernetes: Kubernetes,
  namespace: string,
  account: string,
  audiences?: string[],
): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const spec = { expirationSeconds: 600, ...(audiences && { audiences }) };
  const { status, body } = await kubernetes.call('POST', path, { spec });
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body.status.token;
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
