import { ADVISORIES_OF, lacking, releaseDay } from '../../minio/probes/advisories.js';
import { type Finding, ok } from './check.js';

/** The known advisories whose fixes the running servers lack, judged by their versions. */
export function advisories(versions: readonly string[]): Finding {
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
