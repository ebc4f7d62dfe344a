// An API server of Kubernetes, as its administrator sees it.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import axios from 'axios';
import { parse } from 'yaml';
import { ROOT } from '../../node.mjs';

const TIMEOUT_MS = 10_000;
/** The rights of the service's token, as docs/targets.md has them. */
const RIGHTS = /^```yaml\n(apiVersion: rbac.*?)^```$/ms;
/** The user whom the service's token names. */
export const SERVICE = 'minio-manager';

export class Cluster {
  #token;

  /** @param {{ address: string, caFile: string, adminToken: string }} place */
  constructor({ address, caFile, adminToken }) {
    this.address = address;
    this.caFile = caFile;
    this.#token = adminToken;
  }

  /** @returns {Promise<boolean>} */
  async isReady() {
    return (await this.call('GET', '/readyz').catch(() => undefined))?.status === 200;
  }

  /**
   * A request past the service.
   * @param {string} method @param {string} path @param {object} [body]
   * @returns {Promise<{ status: number, body: any }>}
   */
  async call(method, path, body, type = 'application/json') {
    const { status, data } = await axios.request({
      ...{ method, url: `${this.address}${path}`, data: body, timeout: TIMEOUT_MS, proxy: false },
      httpsAgent: new Agent({ ca: readFileSync(this.caFile) }),
      headers: { authorization: `Bearer ${this.#token}`, ...(body && { 'content-type': type }) },
      validateStatus: () => true,
    });
    return { status, body: data };
  }

  /** The object at a path; undefined: there is none. @param {string} path @returns {Promise<any>} */
  async read(path) {
    const { status, body } = await this.call('GET', path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /**
   * Server-side apply by somebody else.
   * @param {string} manager @param {string} path @param {object} manifest @returns {Promise<any>}
   */
  async apply(manager, path, manifest) {
    const url = `${path}?fieldManager=${manager}`;
    const { status, body } = await this.call('PATCH', url, manifest, 'application/apply-patch+yaml');
    if (status > 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** A new namespace whose name starts with this. @param {string} start @returns {Promise<string>} */
  async namespace(start) {
    const name = `${start}-${randomBytes(4).toString('hex')}`;
    await this.call('POST', '/api/v1/namespaces', { metadata: { name } });
    return name;
  }

  /** The service gets the rights of docs/targets.md. */
  async giveRights() {
    const [, text = ''] = RIGHTS.exec(readFileSync(join(ROOT, 'docs/targets.md'), 'utf8')) ?? [];
    const group = '/apis/rbac.authorization.k8s.io/v1';
    await this.apply('admin', `${group}/clusterroles/${SERVICE}`, parse(text));
    await this.apply('admin', `${group}/clusterrolebindings/${SERVICE}`, {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
      metadata: { name: SERVICE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: SERVICE },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: SERVICE }],
    });
  }
}
