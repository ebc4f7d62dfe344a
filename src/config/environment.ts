import { Expose, Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

const GROUPS_SOURCE = { message: '$property must be oidc:CLAIM, kbase or hub' };
const UNIQUE = { message: '$property must be unique' };
const HTTP_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const SMTP_URL = { protocols: ['smtp', 'smtps'], require_protocol: true, require_tld: false };
const LOCAL_DOMAIN = { require_tld: false };
/** Of Standard Webhooks: 24 to 64 bytes in base64. */
const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;
const WHSEC = { message: '$property must be whsec_ and 24 to 64 bytes in base64' };
const MAIL_TO =
  /^(\{user\}|[^\s@<>,;{}]{1,64}@[^\s@<>,;{}]{1,253}|[^\s@<>,;{}]{0,32}\{user\}[^\s@<>,;{}]{0,32}@[^\s@<>,;{}]{1,253})$/;
const MAIL_TO_FORM = {
  message: '$property must be an address; {user} in it stands for the name of each person',
};
/** Roughly; `policy/paths.ts`, which is above this folder, has the whole rule. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** A bucket, or two characters and more of its name with a final star. */
const GRANTABLE = /^[a-z0-9][a-z0-9.-]{1,61}([a-z0-9]|\*)$/;
const GRANTABLE_FORM = {
  each: true,
  message:
    '$property must be names of buckets; a final * after at least two characters means all that start so',
};
const USERS_PREFIX = /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,4}$/;
const HOME_PREFIX = new RegExp(`${BUCKET.source.slice(0, -1)}/${USERS_PREFIX.source.slice(1)}`);
/** A user's own document names each of its homes four times: this many fit even if their prefixes are the longest. */
const MAX_HOMES = 6;

/** A host as it is in a URL: in lower case, with its port unless that is the usual one. */
const GIT_HOST = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/;

const ANSIBLE_MODULE = /^[a-z0-9_]+(\.[a-z0-9_]+){2,}$/;
const MODULE_FORM = {
  each: true,
  message: '$property must be whole names of modules, such as ansible.builtin.copy',
};
const TOFU_PROVIDER = /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?\/[a-z0-9][a-z0-9_-]*\/[a-z0-9][a-z0-9_-]*$/;
const PROVIDER_FORM = {
  each: true,
  message: '$property must be whole addresses in lower case, such as registry.opentofu.org/hashicorp/random',
};

/** Scheme, host and port, as in a URL: in lower case, without a path. */
const ORIGIN = /^https?:\/\/([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/;

const list = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? split(value) : value));
const lowerCase = () =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value));
const decimal = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : value,
  );
const integer = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  );

function split(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** The values of OTEL_TRACES_SAMPLER. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** The environment variables as text, each with its rule. docs/configuration.md has names and meanings. */
export class Environment {
  @Expose() @MinLength(1) @MaxLength(253) HOST: string = '127.0.0.1';
  @Expose() @integer() @IsInt() @Min(0) @Max(65_535) PORT: number = 8090;
  @Expose() @MaxLength(1000) TRUST_PROXY: string = 'false';

  @Expose() @IsUrl(HTTP_URL) MINIO_ENDPOINT!: string;
  @Expose()
  @list()
  @IsArray()
  @IsUrl(HTTP_URL, { each: true })
  @ArrayUnique(UNIQUE)
  MINIO_ADMIN_ENDPOINT: string[] = [];
  @Expose()
  @list()
  @IsArray()
  @IsUrl(HTTP_URL, { each: true })
  @ArrayUnique(UNIQUE)
  MINIO_NODE_ENDPOINTS: string[] = [];
  @Expose() @MinLength(3) @MaxLength(128) MINIO_ROOT_USER!: string;
  @Expose() @MinLength(8) @MaxLength(1024) MINIO_ROOT_PASSWORD!: string;
  @Expose() @IsOptional() @IsUrl(HTTP_URL) MINIO_PUBLIC_ENDPOINT?: string;
  @Expose() @IsOptional() @IsUrl(HTTP_URL) MINIO_CONSOLE_URL?: string;
  @Expose() @Matches(/^[a-z0-9-]{1,64}$/) MINIO_REGION: string = 'us-east-1';

  @Expose() @IsOptional() @MinLength(16) @MaxLength(1024) MASTER_KEY?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) MASTER_KEY_PREVIOUS?: string;

  @Expose() @Matches(BUCKET) LAKE_BUCKET: string = 'cdm-lake';
  @Expose() @Matches(USERS_PREFIX) USERS_PREFIX: string = 'users-warehouse';
  @Expose()
  @list()
  @IsArray()
  @Matches(HOME_PREFIX, { each: true })
  @ArrayUnique(UNIQUE)
  @ArrayMaxSize(MAX_HOMES)
  HOME_PREFIXES: string[] = [];

  @Expose()
  @list()
  @IsArray()
  @Matches(GRANTABLE, GRANTABLE_FORM)
  @ArrayUnique(UNIQUE)
  GRANTABLE_BUCKETS: string[] = [];

  @Expose() @Matches(BUCKET) PRODUCTS_BUCKET: string = 'data-products';
  @Expose() @IsOptional() @IsUrl(HTTP_URL) PORTAL_API_URL?: string;
  @Expose() @IsOptional() @MinLength(1) @MaxLength(8192) PORTAL_API_KEY?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) WEBHOOK_SECRET?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) WEBHOOK_TOKEN?: string;
  @Expose() @IsOptional() @MinLength(1) @MaxLength(1024) PROV_TEMPLATE_PATH?: string;
  @Expose() @IsOptional() @MinLength(1) @MaxLength(1024) PROV_TEMPLATE_OUTPUT_PATH?: string;
  @Expose() @IsIn(['keep', 'quarantine', 'delete']) PRODUCTS_ON_DELETE: 'keep' | 'quarantine' | 'delete' =
    'keep';
  @Expose() @IsOptional() @MinLength(1) @MaxLength(63) PRODUCTS_POSTGRES_TARGET?: string;
  @Expose() @Matches(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/) PRODUCTS_POSTGRES_DATABASE: string = 'data_products';
  @Expose() @IsIn(['true', 'false']) PRODUCTS_POSTGRES_PORT: string = 'false';
  @Expose() @integer() @IsInt() @Min(0) @Max(86_400) PORTAL_RESYNC_SECONDS: number = 300;
  @Expose() @integer() @IsInt() @Min(0) @Max(60_000) PORTAL_DEBOUNCE_MS: number = 500;

  @Expose() @IsOptional() @IsUrl(HTTP_URL) KBASE_AUTH_URL?: string;
  @Expose() @list() @IsArray() @Matches(/^[A-Za-z0-9_]{1,100}$/, { each: true }) KBASE_ADMIN_ROLES: string[] =
    [];
  @Expose()
  @list()
  @IsArray()
  @Matches(/^[A-Za-z0-9_]{1,100}$/, { each: true })
  KBASE_REQUIRED_ROLES: string[] = [];

  @Expose() @IsIn(['true', 'false']) KBASE_COMPAT: string = 'false';
  @Expose() @IsOptional() @IsUrl(HTTP_URL) KBASE_POLARIS_URL?: string;

  @Expose() @IsOptional() @IsUrl(HTTP_URL) OIDC_ISSUER?: string;
  @Expose() @list() @IsArray() @MaxLength(1000, { each: true }) OIDC_AUDIENCE: string[] = [];
  @Expose() @Matches(/^[\w.:/-]{1,200}$/) OIDC_USER_CLAIM: string = 'preferred_username';
  @Expose() @Matches(/^([a-z0-9][a-z0-9_.@-]{0,31})?$/) OIDC_USER_PREFIX: string = '';
  @Expose() @Matches(/^[\w.:/-]{1,200}$/) OIDC_ROLES_CLAIM: string = 'roles';
  @Expose() @list() @IsArray() @MaxLength(200, { each: true }) OIDC_ADMIN_ROLES: string[] = [];
  @Expose() @IsOptional() @MinLength(1) @MaxLength(255) OIDC_CLIENT_ID?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) OIDC_CLIENT_SECRET?: string;
  @Expose() @IsOptional() @IsUrl(HTTP_URL) JUPYTERHUB_API_URL?: string;
  @Expose() @IsOptional() @IsUrl(HTTP_URL) JUPYTERHUB_PUBLIC_URL?: string;
  @Expose() @IsOptional() @MinLength(1) @MaxLength(255) JUPYTERHUB_CLIENT_ID?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) JUPYTERHUB_CLIENT_SECRET?: string;
  @Expose() @IsOptional() @Matches(/^(kbase|hub|oidc:[\w.:/-]{1,200})$/, GROUPS_SOURCE) GROUPS_FROM?: string;
  @Expose() @IsOptional() @MaxLength(16_384) GROUPS_FROM_MAP?: string;
  @Expose() @IsIn(['true', 'false']) GROUPS_FROM_DRY_RUN: string = 'false';
  @Expose() @IsOptional() @MaxLength(65_536) SERVICE_TOKENS?: string;
  @Expose() @integer() @IsInt() @Min(0) @Max(3650) CREDENTIALS_MAX_IDLE_DAYS: number = 90;
  @Expose() @integer() @IsInt() @Min(0) @Max(1500) LEAVERS_INTERVAL_SECONDS: number = 900;
  @Expose() @IsIn(['true', 'false']) LEAVERS_DRY_RUN: string = 'false';
  @Expose() @integer() @IsInt() @Min(1) @Max(100) LEAVERS_MAX_PERCENT: number = 10;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) KBASE_LOOKUP_TOKEN?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) JUPYTERHUB_API_TOKEN?: string;
  @Expose() @IsOptional() @MinLength(1) @MaxLength(255) OIDC_LOOKUP_CLIENT_ID?: string;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) OIDC_LOOKUP_CLIENT_SECRET?: string;

  @Expose() @IsIn(['true', 'false']) PAGE: string = 'true';
  @Expose() @IsOptional() @Matches(ORIGIN) PAGE_URL?: string;
  @Expose() @integer() @IsInt() @Min(1) @Max(168) PAGE_SESSION_HOURS: number = 12;
  @Expose() @IsOptional() @MaxLength(8192) PAGE_DEMO_TOKENS?: string;

  @Expose() @IsOptional() @IsUrl(HTTP_URL) NOTIFY_WEBHOOK_URL?: string;
  @Expose() @IsOptional() @Matches(WEBHOOK_SECRET, WHSEC) NOTIFY_WEBHOOK_SECRET?: string;
  @Expose() @IsOptional() @IsUrl(SMTP_URL) NOTIFY_SMTP_URL?: string;
  @Expose() @IsOptional() @IsEmail(LOCAL_DOMAIN) NOTIFY_FROM?: string;
  @Expose() @IsOptional() @Matches(MAIL_TO, MAIL_TO_FORM) NOTIFY_MAIL_TO?: string;

  @Expose() @list() @IsArray() @Matches(ORIGIN, { each: true }) PLAN_CALLBACK_ORIGINS: string[] = [];
  @Expose() @IsOptional() @Matches(WEBHOOK_SECRET, WHSEC) PLAN_CALLBACK_SECRET?: string;

  @Expose() @IsOptional() @MinLength(1) @MaxLength(1024) TARGETS_FILE?: string;
  @Expose() @IsOptional() @MinLength(1) @MaxLength(1024) WORKFLOW_POLICY_FILE?: string;
  @Expose() @list() @IsArray() @IsIn(['tofu', 'ansible'], { each: true }) WORKFLOW_TOOLS: string[] = [];
  @Expose() @MinLength(1) @MaxLength(1024) TOFU_BINARY: string = 'tofu';
  @Expose() @list() @IsArray() @Matches(TOFU_PROVIDER, PROVIDER_FORM) TOFU_PROVIDERS: string[] = [];
  @Expose() @IsOptional() @MinLength(1) @MaxLength(1024) TOFU_PROVIDER_MIRROR?: string;
  @Expose() @MinLength(1) @MaxLength(1024) ANSIBLE_BINARY: string = 'ansible-playbook';
  @Expose() @list() @IsArray() @Matches(ANSIBLE_MODULE, MODULE_FORM) ANSIBLE_MODULES: string[] = [];
  @Expose() @IsIn(['true', 'false']) ANSIBLE_ON_WORKER: string = 'false';

  @Expose() @IsOptional() @Matches(/^postgres(ql)?:\/\/\S+$/) DATABASE_URL?: string;
  @Expose() @MinLength(1) @MaxLength(1024) DATA_DIR: string = './data';

  @Expose() @IsOptional() @MaxLength(2048) AMQP_URL?: string;
  @Expose() @IsIn(['none', 'database']) AMQP_FALLBACK: 'none' | 'database' = 'none';

  @Expose() @MinLength(1) @MaxLength(1024) PROVIDERS_DIR: string = './providers';
  @Expose() @list() @IsArray() @Matches(GIT_HOST, { each: true }) PROVIDER_GIT_HOSTS: string[] = [];
  @Expose() @list() @IsArray() @Matches(GIT_HOST, { each: true }) PROVIDER_GIT_PRIVATE_HOSTS: string[] = [];
  @Expose() @IsOptional() @MaxLength(65_536) PROVIDER_GIT_TOKENS?: string;
  @Expose() @IsIn(['true', 'false']) PROVIDER_GIT_INSECURE: string = 'false';
  @Expose() @integer() @IsInt() @Min(0) @Max(86_400) PROVIDER_RELOAD_SECONDS: number = 0;
  @Expose() @IsOptional() @MinLength(8) @MaxLength(1024) PROVIDER_WEBHOOK_SECRET?: string;

  @Expose() @IsIn(['own', 'report', 'all']) DRIFT_HEAL: 'own' | 'report' | 'all' = 'own';
  @Expose() @integer() @IsInt() @Min(0) @Max(86_400) SWEEP_INTERVAL_SECONDS: number = 300;

  @Expose() @IsIn(['api', 'worker', 'all']) ROLE: 'api' | 'worker' | 'all' = 'all';
  @Expose() @integer() @IsInt() @Min(1) @Max(64) WORKER_CONCURRENCY: number = 4;
  @Expose() @integer() @IsInt() @Min(1) @Max(1000) PROVISION_MAX_ATTEMPTS: number = 20;

  @Expose() @integer() @IsInt() @Min(0) @Max(60) SESSION_REUSE_SECONDS: number = 30;
  @Expose() @integer() @IsInt() @Min(0) @Max(1_000_000) RATE_LIMIT_CREDENTIALS: number = 120;
  @Expose() @integer() @IsInt() @Min(0) @Max(1_000_000) RATE_LIMIT_WRITES: number = 1200;
  @Expose() @integer() @IsInt() @Min(0) @Max(1_000_000) RATE_LIMIT_WEBHOOKS: number = 600;

  @Expose() @IsOptional() @IsUrl(HTTP_URL) OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  @Expose() @IsOptional() @IsUrl(HTTP_URL) OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;
  @Expose() @MaxLength(100) OTEL_EXPORTER_OTLP_PROTOCOL: string = 'http/protobuf';
  @Expose() @IsOptional() @MaxLength(100) OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: string;
  @Expose() @IsOptional() @MaxLength(16_384) OTEL_EXPORTER_OTLP_HEADERS?: string;
  @Expose() @lowerCase() @IsIn(['true', 'false']) OTEL_SDK_DISABLED: string = 'false';
  @Expose() @IsIn(['otlp', 'none']) OTEL_TRACES_EXPORTER: string = 'otlp';
  @Expose() @IsIn(SAMPLERS) OTEL_TRACES_SAMPLER: (typeof SAMPLERS)[number] = 'parentbased_always_on';
  @Expose() @decimal() @Min(0) @Max(1) OTEL_TRACES_SAMPLER_ARG: number = 1;
  @Expose() @integer() @IsInt() @Min(1) @Max(60_000) OTEL_BSP_SCHEDULE_DELAY: number = 5000;
  @Expose() @IsOptional() @MaxLength(255) OTEL_SERVICE_NAME?: string;
  @Expose() @IsOptional() @MaxLength(8192) OTEL_RESOURCE_ATTRIBUTES?: string;

  @Expose() @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']) LOG_LEVEL: string = 'info';
}

/** Older names of the same variables. The alias is read if the first name is unset. */
export const ALIASES: Readonly<Record<string, string>> = {
  MINIO_ENDPOINT: 'S3_ENDPOINT',
  MINIO_ROOT_USER: 'S3_ACCESS_KEY',
  MINIO_ROOT_PASSWORD: 'S3_SECRET_KEY',
  PORTAL_API_URL: 'PROV_DPP_API_URL',
};

/** Variables that may also be given as `NAME_FILE`, the path of a file that contains the value. */
export const SECRETS: readonly string[] = [
  'MINIO_ROOT_USER',
  'MINIO_ROOT_PASSWORD',
  'S3_ACCESS_KEY',
  'S3_SECRET_KEY',
  'MASTER_KEY',
  'MASTER_KEY_PREVIOUS',
  'SERVICE_TOKENS',
  'KBASE_LOOKUP_TOKEN',
  'JUPYTERHUB_API_TOKEN',
  'JUPYTERHUB_CLIENT_SECRET',
  'OIDC_CLIENT_SECRET',
  'OIDC_LOOKUP_CLIENT_SECRET',
  'PAGE_DEMO_TOKENS',
  'DATABASE_URL',
  'AMQP_URL',
  'PORTAL_API_KEY',
  'WEBHOOK_SECRET',
  'WEBHOOK_TOKEN',
  'NOTIFY_WEBHOOK_URL',
  'NOTIFY_WEBHOOK_SECRET',
  'NOTIFY_SMTP_URL',
  'PLAN_CALLBACK_SECRET',
  'PROVIDER_GIT_TOKENS',
  'PROVIDER_WEBHOOK_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
];
