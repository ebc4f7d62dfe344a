import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Session } from '../../madmin/types.js';
import { MinioAdmin } from '../minio-admin.js';
import { probeNames, probePolicy } from './probe-policy.js';
import { ProbeTarget } from './probe-target.js';
import { type ProbeResult, Probes } from './probes.js';

/** The result at one address. */
export interface Found {
  endpoint: string;
  result: ProbeResult;
}

/** The results at the address that clients use, and at the server itself if that is another address. */
export interface ProbeResults {
  clients: Found;
  server?: Found;
}

/** Probes the live server for known holes, at the address that clients use and at its own. */
@Injectable()
export class ServerProbes {
  readonly #names = probeNames(randomBytes(8).toString('hex'));

  constructor(
    private readonly config: AppConfig,
    private readonly minio: MinioAdmin,
  ) {}

  /** Seconds between MinIO's clock and this machine's, by the Date header (whole seconds). MinIO refuses signatures more than 900 apart. */
  async clockSkewSeconds(): Promise<number> {
    const url = `${this.config.minio.endpoint}/minio/health/live`;
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(2000) });
    return Math.round((Date.now() - Date.parse(answer.headers.get('date') ?? '')) / 1000);
  }

  /** A run of probes: all of them share one session, which is created for the first one. */
  run(): (question: (probes: Probes) => Promise<ProbeResult>) => Promise<ProbeResults> {
    const { endpoint, publicEndpoint } = this.config.minio;
    let session: Promise<Session> | undefined;
    return async (question) => {
      const minted = await (session ??= this.session());
      const at = async (address: string): Promise<Found> => ({
        endpoint: address,
        result: await question(this.probes(address, minted)).catch(noAnswer),
      });
      if (publicEndpoint === endpoint) return { clients: await at(endpoint) };
      const [clients, server] = await Promise.all([at(publicEndpoint), at(endpoint)]);
      return { clients, server };
    };
  }

  private probes(endpoint: string, session: Session): Probes {
    const { accessKey, region } = this.config.minio;
    return new Probes(new ProbeTarget(endpoint, region, session), this.#names, { accessKey, region });
  }

  private session(): Promise<Session> {
    const { accessKey, secretKey } = this.config.minio;
    return this.minio.client.sts.assumeRole(
      { accessKey, secretKey: secretKey.reveal() },
      { durationSeconds: 900, policy: probePolicy(this.#names) },
    );
  }
}

function noAnswer(error: unknown): ProbeResult {
  const reason = error instanceof Error ? error.message : 'unknown failure';
  return { open: [], unclear: `no answer (${reason})` };
}
