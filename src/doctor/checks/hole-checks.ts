import { Injectable } from '@nestjs/common';
import type { Probes, ProbeResult } from '../../minio/probes/probes.js';
import { ServerProbes } from '../../minio/probes/server-probes.js';
import type { Check, Checks } from './check.js';
import { hole, type Meaning } from './holes.js';

const PROXY = 'Put the proxy of deploy/proxy before MinIO';
const FORK = 'run Silo RELEASE.2026-09-16T00-00-00Z or newer';

type Hole = [name: string, question: (probes: Probes) => Promise<ProbeResult>, meaning: Meaning];

const HOLES: Hole[] = [
  [
    'minio_prefix_condition',
    (probes) => probes.prefixCondition(),
    {
      detail: 'Names of objects can be listed beyond a home',
      remedy: `${PROXY}, or ${FORK}`,
    },
  ],
  [
    'minio_repeated_prefix',
    (probes) => probes.repeatedKey(),
    {
      detail:
        'Policies written by hand that keep listings apart by StringLike on s3:prefix alone can be passed over',
      remedy: `${PROXY}; or write ForAllValues:StringLike beside StringLike in such policies. No server closes this`,
    },
  ],
  [
    'minio_time_condition',
    (probes) => probes.timeCondition(),
    {
      detail: 'Ends of grants can be passed over while this service is down',
      remedy: `${PROXY}, or ${FORK}`,
    },
  ],
  [
    'minio_object_tagging',
    (probes) => probes.objectTagging(),
    {
      detail: 'Whoever has any credentials finds out whether an object of a name they guess is there',
      remedy: `${PROXY}, or keep secrets out of the names of objects. No server closes this`,
    },
  ],
  [
    'minio_unsigned_trailer',
    (probes) => probes.unsignedTrailer(),
    {
      detail: 'Whoever knows an access key writes without its secret (CVE-2026-41145)',
      remedy: `${PROXY}, and ${FORK}`,
      verdict: 'failed',
    },
  ],
  [
    'minio_unsigned_archive',
    (probes) => probes.unsignedArchive(),
    {
      detail:
        'Whoever knows an access key uploads archives that are unpacked, without its secret (CVE-2026-40344)',
      remedy: `${PROXY}, and ${FORK}`,
      verdict: 'failed',
    },
  ],
  [
    'minio_unsigned_copy',
    (probes) => probes.unsignedCopySource(),
    {
      detail:
        'Whoever is given a presigned address for an upload copies any object there that its signer may read (SN-2026-011)',
      remedy: `${PROXY}, or ${FORK}`,
    },
  ],
];

/** What MinIO may leave open and no policy closes, where clients reach it. */
@Injectable()
export class HoleChecks implements Checks {
  constructor(private readonly probes: ServerProbes) {}

  list(): Check[] {
    const ask = this.probes.run();
    return HOLES.map(([name, question, meaning]) => [name, async () => hole(await ask(question), meaning)]);
  }
}
