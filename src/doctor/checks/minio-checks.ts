import { Injectable } from '@nestjs/common';
import { MadminError } from '../../madmin/errors.js';
import { MinioAdmin } from '../../minio/minio-admin.js';
import { ServerProbes } from '../../minio/probes/server-probes.js';
import { advisories, supported } from './advisory-check.js';
import { type Check, type Checks, type Finding, ok } from './check.js';

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
    return [
      ['minio_reachable', () => this.reachable()],
      ['minio_product', () => this.product()],
      ['minio_nodes', () => this.nodes()],
      ['minio_admin_rights', () => this.adminRights()],
      ['minio_clock', () => this.clock()],
      ['minio_advisories', () => this.advisories()],
    ];
  }

  private async reachable(): Promise<Finding> {
    const info = await this.minio.client.server.info();
    return ok(
      `Mode ${info.mode ?? 'unknown'}, ${info.servers?.length ?? 0} server(s), version ${info.servers?.[0]?.version ?? 'unknown'}`,
    );
  }

  private async product(): Promise<Finding> {
    const { product, servers = [] } = await this.minio.client.server.info();
    return supported(product, servers[0]?.version);
  }

  private async advisories(): Promise<Finding> {
    const { product, servers = [] } = await this.minio.client.server.info();
    // a node that is away reports no version
    return advisories(product, [...new Set(servers.map(({ version }) => version).filter(Boolean))]);
  }

  /** Whether every node is configured and answers. */
  private async nodes(): Promise<Finding> {
    const { all, inUse, nodes } = this.minio;
    const { servers = [] } = await this.minio.client.server.info();
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
