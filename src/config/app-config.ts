import type { Secret } from '../common/secret.js';
import type { ServiceToken } from './service-tokens.js';

/** Everything the service is told from outside, checked. Injected by this class; immutable. */
export abstract class AppConfig {
  abstract readonly http: {
    host: string;
    port: number;
    trustProxy: boolean | number | string;
    /** Only programs of this machine reach the service: it listens on loopback, and no proxy stands in front. */
    local: boolean;
  };
  abstract readonly minio: {
    endpoint: string;
    /** Nodes that may take admin writes, one of them at a time: MinIO has no compare-and-swap between nodes. */
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
    bucket: string;
    usersPrefix: string;
    /** Buckets in which administrators may give groups access to any path. */
    grantableBuckets: readonly string[];
  };
  /** The Data Product Portal and what its products get. */
  abstract readonly products: {
    bucket: string;
    /** Null: standalone, what signed or local deliveries say is believed. */
    portal: { url: string; key?: Secret } | null;
    webhookSecret?: Secret;
    webhookToken?: Secret;
    templatePath: string;
    /** Where projects are made; without it none are. */
    outputPath?: string;
    onDelete: 'keep' | 'quarantine' | 'delete';
    resyncSeconds: number;
    debounceMs: number;
  };
  abstract readonly kbase?: { url: string; adminRoles: readonly string[]; requiredRoles: readonly string[] };
  abstract readonly oidc?: {
    issuer: string;
    /** One of these must be in `aud`. */
    audience: readonly string[];
    userClaim: string;
    /** Stands before every name of this issuer, so that none is also a name of KBase. */
    userPrefix: string;
    rolesClaim: string;
    adminRoles: readonly string[];
  };
  abstract readonly jupyterhub?: { url: string };
  abstract readonly serviceTokens: readonly ServiceToken[];
  abstract readonly database: { url?: Secret; dataDir: string };
  abstract readonly drift: {
    /** What a periodic sweep does about differences: `own` mends what is ours, `all` takes foreign things from our subjects too. */
    heal: 'own' | 'report' | 'all';
    /** Seconds between sweeps; 0: none. */
    sweepIntervalSeconds: number;
  };
  abstract readonly worker: {
    /** `api`: requests only; `worker`: provisions only, no requests but for health and metrics. */
    role: 'api' | 'worker' | 'all';
    /** Provisions that one process carries out at once. */
    concurrency: number;
    /** How often a provision is tried before it is a dead letter. */
    maxAttempts: number;
  };
  abstract readonly limits: {
    credentialsPerMinute: number;
    writesPerMinute: number;
    webhooksPerMinute: number;
    sessionReuseSeconds: number;
  };
  abstract readonly logLevel: string;
}
