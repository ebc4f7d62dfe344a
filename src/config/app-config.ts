import type { Secret } from '../common/secret.js';
import type { GroupsFrom } from './parts/groups-from.js';
import type { PageConfig } from './parts/page.js';
import type { ProvidersConfig } from './parts/providers.js';
import type { ServiceToken } from './service-tokens.js';
import type { TargetConfig } from './targets.js';
import type { TracingConfig } from './parts/tracing.js';
import type { WorkflowTools } from './parts/workflow-tools.js';

/** The service's whole configuration, validated. Injected by this class; immutable. */
export abstract class AppConfig {
  abstract readonly http: {
    host: string;
    port: number;
    trustProxy: boolean | number | string;
    /** Only programs on this machine can reach the service: it listens on loopback, with no proxy in front. */
    local: boolean;
  };
  abstract readonly minio: {
    endpoint: string;
    /** Nodes that may take admin writes, one at a time: MinIO has no compare-and-swap between nodes. */
    adminEndpoints: readonly string[];
    /** Every node: sessions are revoked on each of them. */
    nodeEndpoints: readonly string[];
    accessKey: string;
    secretKey: Secret;
    publicEndpoint: string;
    consoleUrl?: string;
    region: string;
  };
  abstract readonly masterKey: { current?: Secret; previous?: Secret };
  abstract readonly lake: {
    /** Bucket and folder of the first of `homes`. */
    bucket: string;
    usersPrefix: string;
    /** Every folder of homes: a user has a home in each, and `home_path` tells the first one's. */
    homes: readonly { bucket: string; usersPrefix: string }[];
    /** Buckets in which administrators may give groups access to any path. One that ends in `*`: all whose names start so. */
    grantableBuckets: readonly string[];
  };
  /** The Data Product Portal and what its products get. */
  abstract readonly products: {
    bucket: string;
    /** Null: standalone mode, which trusts signed or local deliveries. */
    portal: { url: string; key?: Secret } | null;
    webhookSecret?: Secret;
    webhookToken?: Secret;
    templatePath: string;
    /** Where projects are created; unset creates none. */
    outputPath?: string;
    onDelete: 'keep' | 'quarantine' | 'delete';
    resyncSeconds: number;
    debounceMs: number;
    /** Where each product gets a schema. Undefined: nowhere. */
    postgres?: {
      target: string;
      database: string;
      /** The portal gets an output port for each schema. */
      makesPorts: boolean;
    };
  };
  abstract readonly kbase?: {
    url: string;
    adminRoles: readonly string[];
    requiredRoles: readonly string[];
    /** A token with which the auth service is asked who has left. */
    lookUpToken?: Secret;
  };
  /** Answers KBase's own clients, too. Undefined: off. */
  abstract readonly kbaseCompat?: {
    /** The service that keeps `/polaris/*`, which is forwarded to it. */
    polarisUrl?: string;
  };
  abstract readonly oidc?: {
    issuer: string;
    /** `aud` must contain one of these. */
    audience: readonly string[];
    userClaim: string;
    /** Prefix of every name from this issuer, so that none is also a KBase name. */
    userPrefix: string;
    rolesClaim: string;
    adminRoles: readonly string[];
    /** The client at which people log in to the page. */
    client?: { id: string; secret: Secret };
    /** A client of Keycloak that may read its users, to learn who has left. */
    lookUp?: { clientId: string; clientSecret: Secret; adminUrl: string };
  };
  abstract readonly jupyterhub?: {
    url: string;
    /** A token that may list the hub's users, to learn who has left. */
    lookUpToken?: Secret;
    /** The client of the hub's OAuth at which people log in to the page. */
    client?: { id: string; secret: Secret; publicUrl: string };
  };
  /** The self-service page. Undefined: off. */
  abstract readonly page?: PageConfig;
  /** Where people are told what they have to decide. */
  abstract readonly notifications: {
    /** The address may hold a token. */
    webhook?: { url: Secret; secret?: Secret };
    /** `to`: one address for everything, or an address with `{user}`, the name of each person. */
    mail?: { url: Secret; from: string; to: string };
  };
  /** Addresses of callers that may be called, by scheme, host and port; `secret` signs, and is set if there are any. */
  abstract readonly callbacks: { origins: readonly string[]; secret?: Secret };
  abstract readonly groupsFrom?: GroupsFrom;
  abstract readonly serviceTokens: readonly ServiceToken[];
  /** The systems that steps of workflows may act on, besides MinIO. */
  abstract readonly targets: readonly TargetConfig[];
  /** Where the policy of workflows is. Without a file everything may run, and names are bound to those of the team. */
  abstract readonly workflows: { policyFile?: string };
  abstract readonly workflowTools: WorkflowTools;
  abstract readonly database: { url?: Secret; dataDir: string };
  /** The broker through which provisions go to the workers. Undefined: the database's own queue does it. */
  abstract readonly amqp?: {
    url: Secret;
    /** The database's queue gives provisions to the workers while the broker is away. */
    fallback: boolean;
  };
  abstract readonly drift: {
    /**
     * What a periodic sweep does about differences: `own` repairs what this service manages, `all` also takes foreign things from its
     * subjects.
     */
    heal: 'own' | 'report' | 'all';
    /** Seconds between sweeps; 0: none. */
    sweepIntervalSeconds: number;
  };
  abstract readonly worker: {
    /** `api`: requests only; `worker`: provisions only, and no requests except health and metrics. */
    role: 'api' | 'worker' | 'all';
    /** Provisions that one process runs at once. */
    concurrency: number;
    /** How often a provision is tried before it becomes a dead letter. */
    maxAttempts: number;
  };
  abstract readonly limits: {
    credentialsPerMinute: number;
    writesPerMinute: number;
    webhooksPerMinute: number;
    sessionReuseSeconds: number;
  };
  /** People who have left, or do not come any more. */
  abstract readonly leavers: {
    /** Days without a login after which a user is suspended; 0: never. */
    maxIdleDays: number;
    /** Seconds between rounds; 0: none. */
    intervalSeconds: number;
    /** Record who would be suspended, and suspend nobody. */
    dryRun: boolean;
    /** More than this part of a directory's people, or of those whom none can be asked about, and more than three, do not leave within a day: that is a mistake. */
    maxPercent: number;
  };
  abstract readonly providers: ProvidersConfig;
  /** Where traces go. Undefined: nothing is traced. */
  abstract readonly tracing?: TracingConfig;
  abstract readonly logLevel: string;
}
