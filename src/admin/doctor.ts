import { Injectable } from '@nestjs/common';
import { type Directory, Directories } from '../auth/directories.js';
import { ProductSource } from '../data-products/reconcile/product-source.js';
import { DatabaseHealth } from '../database/database-health.js';
import { MadminError } from '../madmin/errors.js';
import { MinioAdmin } from '../minio/minio-admin.js';
import { type ProbeResult, ServerProbes } from '../minio/server-probes.js';
import type { CheckDto, DoctorDto } from './doctor.dto.js';

type Finding = Omit<CheckDto, 'name'>;
type Check = [name: string, examine: () => Promise<Finding>];

/** MinIO refuses signatures when clocks are 15 minutes apart; NTP keeps them within a second. */
const SKEW_SECONDS = { warning: 30, failed: 840 };
const PROXY_OR_FORK =
  'Put a proxy before MinIO that refuses requests with headers or query keys named prefix, currenttime or epochtime in any case, or ' +
  'repeated query keys; or run a maintained fork in which this is fixed';

/** Probes the live surroundings and says what to do. Changes nothing. */
@Injectable()
export class Doctor {
  constructor(
    private readonly minio: MinioAdmin,
    private readonly probes: ServerProbes,
    private readonly directories: Directories,
    private readonly database: DatabaseHealth,
    private readonly products: ProductSource,
  ) {}

  /** Runs every check; one that cannot be made is a finding too. */
  async examine(): Promise<DoctorDto> {
    const checks: Check[] = [
      ['minio_reachable', () => this.reachable()],
      ['minio_admin_rights', () => this.adminRights()],
      ['minio_clock', () => this.clock()],
      ...this.holes(),
      ...this.directories.all.map((each): Check => [each.name, () => answers(each)]),
      ['database', () => this.databaseAnswers()],
      ['portal', async () => ok(await this.products.describe())],
    ];
    return { checks: await Promise.all(checks.map(([name, check]) => run(name, check))) };
  }

  /** What the server itself may leave open. */
  private holes(): Check[] {
    return [
      [
        'minio_prefix_condition',
        async () =>
          hole(
            await this.probes.prefixCondition(),
            'Names of objects can be listed beyond a home',
            PROXY_OR_FORK,
          ),
      ],
      [
        'minio_time_condition',
        async () =>
          hole(
            await this.probes.timeCondition(),
            'Ends of grants can be passed over while this service is down',
            PROXY_OR_FORK,
          ),
      ],
      [
        'minio_object_tagging',
        async () =>
          hole(
            await this.probes.objectTagging(),
            'Whoever has any credentials finds out by GetObjectTagging whether an object of a name they guess is there',
            'Keep secrets out of the names of objects; or put a proxy before MinIO that refuses GET requests with a query key tagging',
          ),
      ],
      [
        'minio_unsigned_trailer',
        async () =>
          hole(
            await this.probes.unsignedTrailer(),
            'Whoever knows an access key writes without its secret',
            'Run a MinIO in which CVE-2026-41145 is fixed',
            'failed',
          ),
      ],
    ];
  }

  private async reachable(): Promise<Finding> {
    const info = await this.minio.client.server.info();
    return ok(
      `Mode ${info.mode ?? 'unknown'}, ${info.servers?.length ?? 0} server(s), version ${info.servers?.[0]?.version ?? 'unknown'}`,
    );
  }

  private async adminRights(): Promise<Finding> {
    const { client } = this.minio;
    const asked = {
      'admin:GetUser': client.users.info('mgr-doctor'),
      'admin:GetPolicy': client.policies.info('mgr:doctor:0'),
      'admin:ListServiceAccounts': client.accessKeys.list('mgr-doctor'),
    };
    const answers = await Promise.allSettled(Object.values(asked));
    const denied = Object.keys(asked).filter((_, index) => {
      const answer = answers[index];
      return (
        answer?.status === 'rejected' &&
        answer.reason instanceof MadminError &&
        answer.reason.code === 'denied'
      );
    });
    if (denied.length === 0) return ok('The admin keys may read users, policies and access keys');
    return {
      verdict: 'failed',
      detail: `MinIO denies ${denied.join(', ')}`,
      remedy: 'Give this service the root keys, or a user with consoleAdmin',
    };
  }

  private async clock(): Promise<Finding> {
    const skew = await this.probes.clockSkewSeconds();
    const far = Math.abs(skew);
    const verdict = far >= SKEW_SECONDS.failed ? 'failed' : far >= SKEW_SECONDS.warning ? 'warning' : 'ok';
    return {
      verdict,
      detail: `The clocks differ by ${skew} s`,
      remedy: verdict === 'ok' ? '' : 'Synchronise both by NTP',
    };
  }

  private async databaseAnswers(): Promise<Finding> {
    await this.database.ping();
    return ok('The database answers');
  }
}

function ok(detail: string): Finding {
  return { verdict: 'ok', detail, remedy: '' };
}

async function answers({ configured, variable, ping }: Directory): Promise<Finding> {
  return ok(configured ? await ping() : `Not configured (${variable})`);
}

function hole(
  result: ProbeResult,
  detail: string,
  remedy: string,
  verdict: 'warning' | 'failed' = 'warning',
): Finding {
  if (result === 'holds') return ok('The server is not open to this');
  if (result === 'broken') return { verdict, detail, remedy };
  return {
    verdict: 'warning',
    detail: `Could not be probed: ${result.unclear}`,
    remedy: 'Look at the server by hand',
  };
}

async function run(name: string, check: () => Promise<Finding>): Promise<CheckDto> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure';
    return {
      name,
      verdict: 'failed',
      detail: `No answer: ${reason}`,
      remedy: 'See that it runs and that the configured address is right',
    };
  }
}
