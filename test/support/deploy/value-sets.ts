import { secretNames } from './settings.js';

const config = { MINIO_ENDPOINT: 'https://minio.example.org', KBASE_AUTH_URL: 'https://auth.example.org' };
const peer = (name: string) => ({ namespaceSelector: { matchLabels: { name } } });
/** Values that the configuration accepts; a file has the others. */
const REAL: Record<string, string> = {
  DATABASE_URL: 'postgresql://minio_manager@127.0.0.1/minio_manager',
  AMQP_URL: 'amqp://user:password@127.0.0.1:5672/lake',
  SERVICE_TOKENS: JSON.stringify([{ name: 'hub', sha256: '0'.repeat(64), scopes: ['credentials'] }]),
  PROVIDER_GIT_TOKENS: '[]',
  NOTIFY_WEBHOOK_URL: 'https://chat.example.org/hook',
  NOTIFY_SMTP_URL: 'smtp://mail.example.org',
};
const WHSEC = `whsec_${'A'.repeat(40)}`;

/** What a Secret holds for a setting. */
export const secretValue = (name: string): string =>
  REAL[name] ?? (/(NOTIFY|PLAN).*SECRET$/.test(name) ? WHSEC : `not-a-real-${name.toLowerCase()}`);

/** Sets of values that people install with. */
export const VALUE_SETS: Record<string, object> = {
  'as few as can be': { config },
  'one Deployment for all': {
    config: { ...config, KBASE_AUTH_URL: null, LOG_LEVEL: 'debug' },
    secrets: { MASTER_KEY: null, SERVICE_TOKENS: { name: 'tokens', key: 'service-tokens.json' } },
    api: { replicaCount: 1 },
    worker: { replicaCount: 0 },
    networkPolicy: { enabled: false },
    serviceAccount: { create: false, name: 'somebody' },
    helmTest: { enabled: false },
    fullnameOverride: 'identities',
  },
  'all of it': {
    image: { repository: 'registry.example.org/minio-manager', digest: `sha256:${'0'.repeat(64)}` },
    imagePullSecrets: ['registry'],
    config: {
      ...config,
      KBASE_ADMIN_ROLES: ['LAKE_ADMIN', 'ANOTHER'],
      KBASE_COMPAT: true,
      OIDC_ISSUER: 'https://id.example.org/realms/lake',
      OIDC_AUDIENCE: 'minio-manager',
      OIDC_USER_PREFIX: 'x_',
      OIDC_CLIENT_ID: 'lake-page',
      PAGE_URL: 'https://lake.example.org',
      OIDC_LOOKUP_CLIENT_ID: 'look-up',
      JUPYTERHUB_API_URL: 'http://hub:8081/hub/api',
      JUPYTERHUB_PUBLIC_URL: 'https://hub.example.org',
      JUPYTERHUB_CLIENT_ID: 'service-lake',
      NOTIFY_FROM: 'lake@example.org',
      NOTIFY_MAIL_TO: '{user}@example.org',
      PLAN_CALLBACK_ORIGINS: ['https://portal.example.org'],
      RATE_LIMIT_WRITES: 1_000_000,
      TRUST_PROXY: '10.0.0.0/8',
    },
    secrets: Object.fromEntries(secretNames().map((name) => [name, { name: 'all', key: name }])),
    targets: [
      {
        ...{ name: 'main', kind: 'vault', address: 'https://vault.example.org:8200', teams: ['Lab'] },
        token_file: '/etc/minio-manager/mounted/vault/token',
      },
    ],
    mountedSecrets: ['vault'],
    workflowPolicy: { names: { kubernetes_kind: ['{default}'] } },
    caCertificates: { name: 'company-ca', key: 'bundle.pem' },
    api: {
      replicaCount: 3,
      podAnnotations: { 'example.org/a': 'b' },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'lake', operator: 'Exists' }],
    },
    worker: {
      replicaCount: 2,
      tools: { WORKFLOW_TOOLS: ['ansible'], ANSIBLE_BINARY: '/bin/true', ANSIBLE_ON_WORKER: false },
      image: { repository: 'registry.example.org/minio-manager-tools', tag: '1' },
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    },
    extraVolumes: [{ name: 'providers', persistentVolumeClaim: { claimName: 'providers' } }],
    extraVolumeMounts: [{ name: 'providers', mountPath: '/providers', readOnly: true }],
    priorityClassName: 'system-cluster-critical',
    serviceAccount: { annotations: { 'example.org/role': 'lake' }, mountToken: true },
    service: { type: 'LoadBalancer', annotations: { 'example.org/internal': 'true' } },
    ingress: { enabled: true, className: 'nginx', host: 'lake.example.org', tlsSecret: 'lake-tls' },
    networkPolicy: {
      ingressFrom: [peer('ingress'), peer('hub')],
      metricsFrom: [peer('monitoring')],
      egress: [{ to: [peer('minio')], ports: [{ port: 9000 }] }],
    },
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboard: { enabled: true, annotations: { grafana_folder: 'Lake' } },
  },
};
