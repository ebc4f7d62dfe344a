// The kinds of the operators that the providers of the service use. Their real definitions are much longer: most fields are not checked here.
import { waitFor } from '../../child.mjs';

/**
 * `status`: it is written apart from the rest. `fields`: those that are checked.
 * @typedef {{ group: string, version: string, kind: string, plural: string, status: boolean, fields?: Record<string, object> }} CustomKind
 */

/** @type {CustomKind} */
export const APPLICATION = {
  ...{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Application', plural: 'applications' },
  status: false,
};

/** @type {CustomKind} */
export const VAULT_AUTH = {
  ...{ group: 'secrets.hashicorp.com', version: 'v1beta1', kind: 'VaultAuth', plural: 'vaultauths' },
  status: true,
};

/** @type {CustomKind} */
export const VAULT_STATIC_SECRET = {
  ...{ group: 'secrets.hashicorp.com', version: 'v1beta1' },
  ...{ kind: 'VaultStaticSecret', plural: 'vaultstaticsecrets', status: true },
};

/** @type {CustomKind} */
export const POSTGRESQL = {
  ...{ group: 'acid.zalan.do', version: 'v1', kind: 'postgresql', plural: 'postgresqls' },
  ...{ status: true, fields: { numberOfInstances: { type: 'integer' } } },
};

/** The kinds that the providers of the service use. */
export const CUSTOM_KINDS = [APPLICATION, VAULT_AUTH, VAULT_STATIC_SECRET, POSTGRESQL];

/** What the pages of the providers say that the policy must have. */
export const KINDS_POLICY = `names: {kubernetes_kind: ["{default}", ${CUSTOM_KINDS.map(({ kind, group }) => `${kind}.${group}`).join(', ')}]}`;

/**
 * Makes the API server know these kinds.
 * @param {import('./cluster.mjs').Cluster} cluster @param {readonly CustomKind[]} kinds
 */
export async function installKinds(cluster, kinds) {
  for (const each of kinds) await installDefinition(cluster, definitionOf(each));
}

/**
 * Makes the API server know the kind of a definition.
 * @param {import('./cluster.mjs').Cluster} cluster @param {{ metadata: { name: string } }} definition
 */
export async function installDefinition(cluster, definition) {
  const { name } = definition.metadata;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  await cluster.apply('admin', path, definition);
  await waitFor(`the kind ${name}`, async () => {
    const conditions = (await cluster.read(path)).status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  });
}

/**
 * Where objects of a kind are, in one namespace or in all.
 * @param {CustomKind} kind @param {string} [namespace] @param {string} [name] @returns {string}
 */
export function pathOfKind({ group, version, plural }, namespace, name) {
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/${group}/${version}${within}/${plural}${name === undefined ? '' : `/${name}`}`;
}

/** @param {CustomKind} kind */
function definitionOf({ group, version, kind, plural, status, fields = {} }) {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural, singular: kind.toLowerCase(), kind } },
      versions: [
        {
          ...{ name: version, served: true, storage: true },
          ...(status && { subresources: { status: {} } }),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { ...anything, properties: fields }, status: anything },
            },
          },
        },
      ],
    },
  };
}
