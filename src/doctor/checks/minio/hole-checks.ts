import { Injectable } from '@nestjs/common';
import type { Probes, ProbeResult } from '../../../minio/probes/probes.js';
import { ServerProbes } from '../../../minio/probes/server-probes.js';
import type { Check, Checks } from '../check.js';
import { hole, type Meaning } from './holes.js';

const PROXY = 'Put the proxy from deploy/proxy in front of MinIO';
const FORK = 'run Silo RELEASE.2026-09-16T00-00-00Z or newer';

type Hole = [name: string, question: (probes: Probes) => Promise<ProbeResult>, meaning: Meaning];

const HOLES: Hole[] = [
  [
    'minio_prefix_condition',
    (probes) => probes.prefixCondition(),
    {
      detail: 'Object names outside a home can be listed',
      remedy: `${PROXY}, or ${FORK}`,
    },
  ],
  [
    'minio_repeated_prefix',
    (probes) => probes.repeatedKey(),
    {
      detail: 'Handwritten policies that restrict listings by StringLike on s3:prefix alone can be bypassed',
      remedy: `${PROXY}; or use ForAllValues:StringLike together with StringLike in such policies. No server closes this`,
    },
  ],
  [
    'minio_time_condition',
    (probes) => probes.timeCondition(),
    {
      detail: 'Expiration of grants can be bypassed while this service is down',
      remedy: `${PROXY}, or ${FORK}`,
    },
  ],
  [
    'minio_object_tagging',
    (probes) => probes.objectTagging(),
    {
      detail: 'Anyone with any credentials can find out whether an object with a guessed name exists',
      remedy: `${PROXY}, or keep secrets out of object names. No server closes this`,
    },
  ],
  [
    'minio_unsigned_trailer',
    (probes) => probes.unsignedTrailer(),
    {
      detail: 'Anyone who knows an access key can write without its secret (CVE-2026-41145)',
      remedy: `${PROXY}, and ${FORK}`,
      verdict: 'failed',
    },
  ],
  [
    'minio_unsigned_archive',
    (probes) => probes.unsignedArchive(),
    {
      detail:
        'Anyone who knows an access key can upload archives that MinIO unpacks, without its secret (CVE-2026-40344)',
      remedy: `${PROXY}, and ${FORK}`,
      verdict: 'failed',
    },
  ],
  [
    'minio_unsigned_copy',
    (probes) => probes.unsignedCopySource(),
    {
      detail:
        'Anyone with a presigned upload URL can copy any object there that its signer may read (SN-2026-011)',
      remedy: `${PROXY}, or ${FORK}`,
    },
  ],
];

/** Holes that MinIO may have and no policy can close, probed at the address of the clients. */
@Injectable()
export class HoleChecks implements Checks {
  constructor(private readonly probes: ServerProbes) {}

  list(): Check[] {
    const ask = this.probes.run();
    return HOLES.map(([name, question, meaning]) => [name, async () => hole(await ask(question), meaning)]);
  }
}
