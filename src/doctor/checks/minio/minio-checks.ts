import { Injectable } from '@nestjs/common';
import { MadminError } from '../../../madmin/errors.js';
import type { ServerInfo } from '../../../madmin/types.js';
import { MinioAdmin } from '../../../minio/minio-admin.js';
import { ServerProbes } from '../../../minio/probes/server-probes.js';
import { advisories, supported } from './advisories.js';
import { type Check, type Checks, type Finding, ok } from '../check.js';

/** MinIO refuses signatures if the clocks differ by 15 minutes. NTP keeps them within a second. */
const SKEW_SECONDS = { warning: 30, failed: 840 };

/** Whether MinIO is usable: reachable, with the required rights and the right time. */
@Injectable()
export class MinioChecks implements Checks {
  constructor(
    private readonly minio: MinioAdmin,
    private readonly probes: ServerProbes,
  ) {}

  list(): Check[] {
    // one answer for all checks of a report
    const info = this.minio.client.server.info();
    return [
      ['minio_reachable', async () => reachable(await info)],
      ['minio_product', async () => product(await info)],
      ['minio_nodes', async () => this.nodes(await info)],
      ['minio_admin_rights', () => this.adminRights()],
      ['minio_clock', () => this.clock()],
      ['minio_advisories', async () => advisoriesOf(await info)],
    ];
  }

  /** Whether every node is configured and answers. */
  private async nodes({ servers = [] }: ServerInfo): Promise<Finding> {
    const { all, inUse, nodes } = this.minio;
    if (servers.length > nodes.length) {
      return {
        verdict: 'warning',
        detail: `MinIO has ${servers.length} nodes, of which MINIO_NODE_ENDPOINTS names ${nodes.length}: ended sessions continue to work at the others for up to 15 minutes`,
        remedy: 'List every node in MINIO_NODE_ENDPOINTS',
      };
    }
    const well = await Promise.all(all.map((node) => node.check()));
    const away = all.filter((_, index) => !well[index]).map(({ endpoint }) => endpoint);
    if (away.length === 0)
      return ok(`${nodes.length} of ${nodes.length} answer; ${inUse.endpoint} takes the admin writes`);
    return {
      verdict: 'warning',
      detail: `${away.join(', ')} did not answer; ${inUse.endpoint} takes the admin writes`,
      remedy:
        'Find out why. When it is back, it receives the changes that it missed; until then, make sure that no client reaches it',
    };
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
      remedy: verdict === 'ok' ? '' : 'Synchronize both by NTP',
    };
  }
}

function reachable({ mode = 'unknown', servers = [] }: ServerInfo): Finding {
  return ok(`Mode ${mode}, ${servers.length} server(s), version ${servers[0]?.version ?? 'unknown'}`);
}

function product({ product, servers = [] }: ServerInfo): Finding {
  return supported(product, servers[0]?.version);
}

function advisoriesOf({ product, servers = [] }: ServerInfo): Finding {
  // a node that is away reports no version
  return advisories(product, [...new Set(servers.map(({ version }) => version).filter(Boolean))]);
}
