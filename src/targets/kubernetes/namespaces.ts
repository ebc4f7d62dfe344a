import type { Discovery } from './discovery.js';
import type { KubernetesHttp } from './kubernetes-http.js';
import type { KubernetesObject, ObjectName } from './object.js';

/** What the cluster itself makes in each namespace, or keeps beside what people make. */
const OWN = new Set(['ConfigMap kube-root-ca.crt', 'ServiceAccount default']);
const OWN_KINDS = new Set(['Event', 'Endpoints', 'EndpointSlice']);
const AT_MOST = 50;

/**
 * What is in a namespace, in words; undefined: nothing that somebody made. What goes with something else does not count, nor what `isGone`
 * says will not be there. Only names are read, no contents.
 */
export async function contentsOf(
  http: KubernetesHttp,
  discovery: Discovery,
  namespace: string,
  isGone: (object: ObjectName) => boolean = () => false,
): Promise<string | undefined> {
  for (const { root, plural, kind } of await discovery.inNamespaces()) {
    if (OWN_KINDS.has(kind)) continue;
    const path = `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}?limit=${AT_MOST}`;
    const doing = `listing ${plural} of ${namespace}`;
    const { status, body } = await http.call({
      ...{ method: 'GET', path, doing, also: [403, 404], metadataOnly: true },
    });
    if (status === 403) return `${plural}, which this service may not list`;
    const items = (body['items'] ?? []) as unknown as KubernetesObject[];
    const apiVersion = root.replace(/^\/apis?\//, '');
    const others = items.filter(
      ({ metadata: { name, deletionTimestamp, ownerReferences = [] } }) =>
        deletionTimestamp === undefined &&
        ownerReferences.length === 0 &&
        !OWN.has(`${kind} ${name}`) &&
        !isGone({ apiVersion, kind, namespace, name }),
    );
    if (others[0]) return `${kind} ${others[0].metadata.name}`;
    if (items.length === AT_MOST) return plural;
  }
  return undefined;
}
