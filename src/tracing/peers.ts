import type { AppConfig } from '../config/app-config.js';

/** What kind of service an origin (`https://host:port`) is. */
export type PeerOf = (origin: string) => string;

/** The services of the configuration, by their origin. Whatever else is called is `other`: its name may be a user's choice. */
export function peersOf(config: AppConfig): PeerOf {
  const { minio, products, kbase, kbaseCompat, oidc, jupyterhub, targets } = config;
  const known = new Map<string, string>();
  const add = (kind: string, ...urls: (string | undefined)[]) => {
    for (const url of urls) {
      const origin = url === undefined ? undefined : URL.parse(url)?.origin;
      if (origin !== undefined && !known.has(origin)) known.set(origin, kind);
    }
  };
  add('minio', minio.endpoint, ...minio.adminEndpoints, ...minio.nodeEndpoints);
  add('portal', products.portal?.url);
  add('kbase', kbase?.url);
  add('polaris', kbaseCompat?.polarisUrl);
  add('oidc', oidc?.issuer, oidc?.lookUp?.adminUrl);
  add('jupyterhub', jupyterhub?.url);
  for (const target of targets) add(target.kind, addressOf(target));
  return (origin) => known.get(origin) ?? 'other';
}

function addressOf(target: object): string | undefined {
  const { url, address } = target as { url?: unknown; address?: unknown };
  return [url, address].find((each): each is string => typeof each === 'string');
}
