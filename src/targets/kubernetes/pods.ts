import type { KubernetesHttp } from './kubernetes-http.js';

const AT_MOST_PODS = 100;

/** The parts of a pod that are read. */
interface Pod {
  status?: {
    containerStatuses?: { state?: { terminated?: { message?: string; finishedAt?: string } } }[];
  };
}

/** What the program of a Job that ended last wrote to its termination log; empty: nothing, or the pods may not be listed. */
export async function terminationMessage(
  http: KubernetesHttp,
  namespace: string,
  jobUid: string,
): Promise<string> {
  const selector = encodeURIComponent(`batch.kubernetes.io/controller-uid=${jobUid}`);
  const { status, body } = await http.call({
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?labelSelector=${selector}&limit=${AT_MOST_PODS}`,
    ...{ doing: `reading the pods of a Job in ${namespace}`, also: [403] },
  });
  if (status === 403) return '';
  const ended = ((body['items'] ?? []) as unknown as Pod[])
    .flatMap((pod) => pod.status?.containerStatuses ?? [])
    .flatMap(({ state }) => (state?.terminated?.message === undefined ? [] : [state.terminated]))
    .sort((a, b) => (a.finishedAt ?? '').localeCompare(b.finishedAt ?? ''));
  return ended.at(-1)?.message ?? '';
}
