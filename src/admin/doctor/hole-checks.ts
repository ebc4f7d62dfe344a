import { Injectable } from '@nestjs/common';
import { ServerProbes } from '../../minio/server-probes.js';
import { type Check, type Checks, hole } from './check.js';

const PROXY_OR_FORK =
  'Put a proxy before MinIO that refuses requests with headers or query keys named prefix, currenttime or epochtime in any case, or ' +
  'repeated query keys; or run a maintained fork in which this is fixed';

/** What the MinIO server itself may leave open, and no policy closes. */
@Injectable()
export class HoleChecks implements Checks {
  constructor(private readonly probes: ServerProbes) {}

  list(): Check[] {
    return [
      ['minio_prefix_condition', () => this.prefixCondition()],
      ['minio_time_condition', () => this.timeCondition()],
      ['minio_object_tagging', () => this.objectTagging()],
      ['minio_unsigned_trailer', () => this.unsignedTrailer()],
    ];
  }

  private async prefixCondition() {
    return hole(await this.probes.prefixCondition(), {
      detail: 'Names of objects can be listed beyond a home',
      remedy: PROXY_OR_FORK,
    });
  }

  private async timeCondition() {
    return hole(await this.probes.timeCondition(), {
      detail: 'Ends of grants can be passed over while this service is down',
      remedy: PROXY_OR_FORK,
    });
  }

  private async objectTagging() {
    return hole(await this.probes.objectTagging(), {
      detail:
        'Whoever has any credentials finds out by GetObjectTagging whether an object of a name they guess is there',
      remedy:
        'Keep secrets out of the names of objects; or put a proxy before MinIO that refuses GET requests with a query key tagging',
    });
  }

  private async unsignedTrailer() {
    return hole(await this.probes.unsignedTrailer(), {
      detail: 'Whoever knows an access key writes without its secret',
      remedy: 'Run a MinIO in which CVE-2026-41145 is fixed',
      verdict: 'failed',
    });
  }
}
