import { MadminClient, MadminError } from '../../../src/madmin/client.js';
import { equals } from '../../../src/policy/documents.js';
import { homePolicy } from '../../../src/policy/home-policy.js';
import type { MinioServer } from '../servers/minio.js';
import { type Credential, LAKE, Prober } from './probe.js';
import { S3, outcome } from './s3.js';
import type { Service } from '../service/service.js';
import { ask, bodyOf } from '../service/fleet.js';

const HOMES = 'users-warehouse';

/** What MinIO holds, asked without the service in between, and what a credential really does there. */
export class Truth {
  readonly root: MadminClient;
  /** For what is asked again and again. */
  readonly prober: Prober;

  constructor(private readonly minio: MinioServer) {
    const { endpoint, accessKey, secretKey } = minio;
    this.root = new MadminClient({ endpoint, accessKey, secretKey });
    this.prober = new Prober(endpoint);
  }

  /** 'ok' when the credential writes and reads in the home, else the code of MinIO. */
  async use(
    { access_key: accessKey, secret_key: secretKey, session_token: sessionToken }: Credential,
    home: string,
  ) {
    const s3 = new S3({ endpoint: this.minio.endpoint, accessKey, secretKey, sessionToken });
    const key = `${HOMES}/${home}/probe`;
    try {
      return await outcome(async () => {
        await s3.put(LAKE, key, home);
        if ((await s3.get(LAKE, key)) !== home) throw new Error('another text was read');
      });
    } finally {
      s3.close();
    }
  }

  /** Whether the credential can do anything at all: read the home's marker. */
  lives(as: Credential, home: string): Promise<boolean> {
    return this.prober.ask({ as, action: 'read', key: `${HOMES}/${home}/` }).catch(() => false);
  }

  /** The user in MinIO in one line: `enabled [policies]`, `disabled [policies]` or `absent`, and whether the document is right. */
  async state(user: string): Promise<string> {
    const [info, policy] = await Promise.all([
      this.root.users.info(user).catch(absent),
      this.root.policies.info(`mgr:user:${user}:0`).catch(absent),
    ]);
    const expected = homePolicy({ bucket: LAKE, usersPrefix: HOMES, userName: user });
    const document = !policy
      ? 'no document'
      : equals(policy.document, expected)
        ? 'its document'
        : 'another document';
    return info ? `${info.status} [${info.policies.join(' ')}], ${document}` : `absent, ${document}`;
  }

  /** Whether there is a group or a policy of that name. */
  async has(kind: 'group' | 'policy', name: string): Promise<boolean> {
    const asked = kind === 'group' ? this.root.groups.info(name) : this.root.policies.info(name);
    return (await asked.catch(absent)) !== undefined;
  }

  /** The user is whole: the service calls it enforced, MinIO holds exactly what it should, and the pair works in the home alone. */
  async expectWhole(service: Service, user: string, pair: Credential, neighbour: string): Promise<void> {
    const told = await bodyOf(ask.user(service, user), 200);
    const works = await this.use(pair, user);
    const trespass = await this.lives(pair, neighbour);
    expect({
      user,
      status: told.status,
      enforced: told.enforced,
      minio: await this.state(user),
      works,
      trespass,
    }).toEqual({
      ...{ user, status: 'active', enforced: true, minio: WHOLE(user), works: 'ok', trespass: false },
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.root.close(), this.prober.close()]);
  }
}

export const WHOLE = (user: string): string => `enabled [mgr:user:${user}:0], its document`;
export const DISABLED = (user: string): string => `disabled [mgr:user:${user}:0], its document`;
export const GONE = 'absent, no document';

function absent(error: unknown): undefined {
  if (error instanceof MadminError && error.code === 'not_found') return undefined;
  throw error;
}
