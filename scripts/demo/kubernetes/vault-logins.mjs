// Logins of service accounts at the vault, as docs/targets.md has them.
import { readFileSync } from 'node:fs';

const REVIEWER = 'vault-reviewer';

/**
 * Service accounts of this cluster may log in at the vault: it asks the API server about each token.
 * @param {(method: string, path: string, body?: object) => Promise<unknown>} vault a call of its administrator
 * @param {import('./cluster.mjs').Cluster} cluster
 * @param {number} [seconds] how long the vault may ask
 */
export async function acceptLogins(vault, cluster, seconds = 600) {
  await cluster.apply('admin', `/api/v1/namespaces/kube-system/serviceaccounts/${REVIEWER}`, {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: REVIEWER } },
  });
  const group = 'rbac.authorization.k8s.io';
  await cluster.apply('admin', `/apis/${group}/v1/clusterrolebindings/${REVIEWER}`, {
    ...{ apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata: { name: REVIEWER } },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'kube-system', name: REVIEWER }],
  });
  await vault('POST', 'auth/kubernetes/config', {
    kubernetes_host: cluster.address,
    kubernetes_ca_cert: readFileSync(cluster.caFile, 'utf8'),
    token_reviewer_jwt: await tokenOf(cluster, 'kube-system', REVIEWER, undefined, seconds),
  });
}

/**
 * A token of a service account, as an operator asks for one.
 * @param {import('./cluster.mjs').Cluster} cluster @param {string} namespace @param {string} account @param {string[]} [audiences]
 * @returns {Promise<string>}
 */
export async function tokenOf(cluster, namespace, account, audiences, seconds = 600) {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const spec = { expirationSeconds: seconds, ...(audiences && { audiences }) };
  const { status, body } = await cluster.call('POST', path, { spec });
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return body.status.token;
}
