import { waitFor } from '../../../scripts/child.mjs';
import type { Kubernetes } from './server.js';

/** A kind of custom resources, whose real definition is much longer: most of its fields are not checked here. */
interface CustomKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  /** Whether its status is written apart from the rest. */
  status: boolean;
  /** The fields that are checked. */
  fields?: Record<string, object>;
}

export const APPLICATION: CustomKind = {
  ...{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Application', plural: 'applications' },
  status: false,
};

export const VAULT_AUTH: CustomKind = {
  ...{ group: 'secrets.hashicorp.com', version: 'v1beta1', kind: 'VaultAuth', plural: 'vaultauths' },
  status: true,
};

export const VAULT_STATIC_SECRET: CustomKind = {
  ...{ group: 'secrets.hashicorp.com', version: 'v1beta1' },
  ...{ kind: 'VaultStaticSecret', plural: 'vaultstaticsecrets', status: true },
};

export const POSTGRESQL: CustomKind = {
  ...{ group: 'acid.zalan.do', version: 'v1', kind: 'postgresql', plural: 'postgresqls' },
  ...{ status: true, fields: { numberOfInstances: { type: 'integer' } } },
};

/** The kinds that the providers of the service use. */
export const CUSTOM_KINDS = [APPLICATION, VAULT_AUTH, VAULT_STATIC_SECRET, POSTGRESQL];

/** Makes the API server know these kinds. */
export async function installKinds(kubernetes: Kubernetes, kinds: readonly CustomKind[]): Promise<void> {
  for (const each of kinds) await installDefinition(kubernetes, definitionOf(each));
}

/** Makes the API server know the kind of a definition. */
export async function installDefinition(
  kubernetes: Kubernetes,
  definition: { metadata: { name: string } },
): Promise<void> {
  const { name } = definition.metadata;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  await kubernetes.apply('admin', path, definition);
  await waitFor(`the kind ${name}`, async () => {
    const conditions: any[] = (await kubernetes.read(path)).status?.conditions ?? [];
    return conditions.some(({ type, status }: any) => type === 'Established' && status === 'True');
  });
}

/** Where objects of a kind are, in one namespace or in all. */
export function pathOfKind(
  { group, version, plural }: CustomKind,
  namespace?: string,
  name?: string,
): string {
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/${group}/${version}${within}/${plural}${name === undefined ? '' : `/${name}`}`;
}

function definitionOf({ group, version, kind, plural, status, fields = {} }: CustomKind) {
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
