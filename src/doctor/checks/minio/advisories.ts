import type { ServerInfo } from '../../../madmin/types.js';
import { ADVISORIES_OF, lacking, releaseDay } from '../../../minio/probes/advisories.js';
import { type Finding, ok } from '../check.js';

type Product = ServerInfo['product'];

/** Which server it is, and whether this service is made for it. */
export function supported(product: Product, version = 'of an unknown version'): Finding {
  if (product === 'MinIO') return ok(`MinIO or a fork of it, ${version}`);
  return {
    verdict: 'warning',
    detail: `${product}, ${version}, is supported in part`,
    remedy: 'Read in docs/servers.md what does not hold there, or run Silo',
  };
}

/** The known advisories whose fixes the running servers lack, judged by their versions. */
export function advisories(product: Product, versions: readonly string[]): Finding {
  if (product !== 'MinIO') {
    return {
      verdict: 'warning',
      detail: `The advisories of ${product} are not known here: only the probes show which holes are open`,
      remedy: `Follow the advisories of ${product}`,
    };
  }
  const unnamed = versions.filter((version) => releaseDay(version) === undefined);
  if (versions.length === 0 || unnamed.length > 0) {
    const which = unnamed.length > 0 ? unnamed.join(', ') : 'unknown';
    return ok(`Version ${which} names no release: only the probes show which holes are open`);
  }
  // nodes may differ during a rolling update: the oldest release decides
  const oldest = versions.reduce((left, right) =>
    (releaseDay(left) ?? '') <= (releaseDay(right) ?? '') ? left : right,
  );
  const open = lacking(releaseDay(oldest) ?? '');
  if (open.length === 0)
    return ok(`Release ${oldest} has every fix known on ${ADVISORIES_OF}, if it is a release of Silo`);
  return {
    verdict: 'warning',
    detail: `Release ${oldest} lacks the fixes of ${open.map(({ id, what }) => `${id} (${what})`).join('; ')}`,
    remedy:
      `Run Silo RELEASE.${newest(open)}T00-00-00Z or newer: MinIO's own releases have ended, and no other fork is known to close these. ` +
      'Until then, put the proxy from deploy/proxy in front of MinIO',
  };
}

function newest(open: readonly { closedIn: string }[]): string {
  return (
    open
      .map(({ closedIn }) => closedIn)
      .sort()
      .at(-1) ?? ''
  );
}
