import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempDir } from '../service/temp.js';
import type { Manifest } from './helm.js';
import { podOf } from './helm.js';

/** Where the chart mounts what the service reads. */
const MOUNTED = '/etc/minio-manager';

/** The containers of the pods of all these objects, with the object's name. */
export function containersOf(manifests: readonly Manifest[]): { name: string; pod: any; container: any }[] {
  return manifests.flatMap((manifest) => {
    const pod = podOf(manifest);
    const containers: any[] = pod?.spec.containers ?? [];
    return containers.map((container) => ({ name: manifest.metadata.name, pod, container }));
  });
}

/**
 * The environment of a container as it is in a pod: the files of its volumes are in a folder of this machine. `secret` has the value of a key of a
 * Secret.
 */
export function environmentOf(
  manifests: readonly Manifest[],
  { pod, container }: { pod: any; container: any },
  secret: (name: string) => string,
): Record<string, string> {
  const folder = tempDir('pod');
  const here = (text: string) => text.replaceAll(MOUNTED, join(folder, MOUNTED));
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes.find((each: any) => each.name === name);
    for (const [file, content] of Object.entries(filesIn(volume, manifests, secret))) {
      const path = join(folder, mountPath, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, here(content), { mode: 0o600 });
    }
  }
  const variables: { name: string; value: string }[] = container.env ?? [];
  return Object.fromEntries(variables.map(({ name, value }) => [name, here(value)]));
}

function filesIn(
  volume: any,
  manifests: readonly Manifest[],
  secret: (name: string) => string,
): Record<string, string> {
  if (volume === undefined) throw new Error('a volume is mounted that the pod does not have');
  if (volume.projected)
    return Object.fromEntries(
      volume.projected.sources.flatMap(({ secret: { items } }: any) =>
        items.map(({ path }: any) => [path, secret(path)]),
      ),
    );
  if (volume.secret) return { token: 'a-token-of-a-target' };
  if (volume.configMap?.items)
    return Object.fromEntries(volume.configMap.items.map(({ path }: any) => [path, '']));
  if (volume.configMap) {
    const named = ({ kind, metadata }: Manifest) =>
      kind === 'ConfigMap' && metadata.name === volume.configMap.name;
    return (manifests.find(named) as any).data;
  }
  return {};
}
