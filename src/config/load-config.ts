import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isLoopback } from '../common/http/loopback.js';
import { Secret } from '../common/secret.js';
import { amqpOf, problemsOfAmqp } from './parts/amqp.js';
import { ALIASES, Environment, SECRETS } from './environment.js';
import { homesOf, problemsOfHomes } from './parts/homes.js';
import { oidcLookUpOf, problemsOfLookUps } from './parts/leavers.js';
import { callbacksOf, notificationsOf, problemsOfNotifications } from './parts/notifications.js';
import { hubClientOf, oidcClientOf, pageOf } from './parts/page.js';
import { providersOf } from './parts/providers.js';
import { problemsOfProducts, productsOf, secret } from './parts/products.js';
import { secretOf } from './secret-variable.js';
import { parseServiceTokens, type ServiceToken } from './service-tokens.js';
import { groupsFromOf } from './parts/groups-from.js';
import { targetsOf } from './targets.js';
import { tracingOf } from './parts/tracing.js';
import { workflowToolsOf } from './parts/workflow-tools.js';
import type { AppConfig } from './app-config.js';

/** The configuration is invalid: each line names a variable and its rule, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((each) => `  ${each}`).join('\n')}`);
  }
}

/** Reads and validates the environment. Throws {@link ConfigError} with all broken rules at once. */
export function loadConfig(
  source: NodeJS.ProcessEnv = process.env,
  args: readonly string[] = process.argv.slice(2),
): AppConfig {
  const problems: string[] = [];
  const raw = { ...collect(source, problems), ...fromArguments(args, problems) };
  const environment = plainToInstance(Environment, raw, {
    excludeExtraneousValues: true,
    exposeDefaultValues: true,
  });
  for (const error of validateSync(environment)) {
    problems.push(`${error.property} ${describe(error.property, error.constraints ?? {}, raw)}`);
  }
  let serviceTokens: readonly ServiceToken[] = [];
  try {
    serviceTokens = parseServiceTokens(environment.SERVICE_TOKENS);
  } catch (error) {
    problems.push(`SERVICE_TOKENS ${(error as Error).message}`);
  }
  problems.push(...contradictions(environment), ...problemsOfHomes(environment, raw));
  problems.push(...problemsOfLookUps(environment), ...problemsOfAmqp(environment));
  problems.push(...problemsOfNotifications(environment));
  const groupsFrom = groupsFromOf(environment, problems);
  const providers = providersOf(environment, problems);
  const workflowTools = workflowToolsOf(environment, source['PATH'] ?? '', problems);
  const page = pageOf(environment, httpOf(environment).local, problems);
  const tracing = tracingOf(environment, problems);
  const targets = targetsOf(environment.TARGETS_FILE, source, problems);
  problems.push(...problemsOfProducts(environment, targets));
  const nobody = noDirectory(environment) && serviceTokens.length === 0;
  if (nobody && problems.length === 0)
    problems.push(
      'KBASE_AUTH_URL, OIDC_ISSUER, JUPYTERHUB_API_URL or SERVICE_TOKENS must be set: otherwise nobody can authenticate',
    );
  if (problems.length > 0) throw new ConfigError(problems);
  const others = { amqp: amqpOf(environment), groupsFrom, page, providers, targets, tracing, workflowTools };
  return deepFreeze({ ...toConfig(environment, serviceTokens), ...others });
}

function noDirectory(env: Environment): boolean {
  return [env.KBASE_AUTH_URL, env.OIDC_ISSUER, env.JUPYTERHUB_API_URL].every((url) => url === undefined);
}

/** Rules that concern more than one variable. */
function contradictions(env: Environment): string[] {
  const problems: string[] = [];
  if (env.OIDC_ISSUER !== undefined && env.OIDC_AUDIENCE.length === 0)
    problems.push(
      'OIDC_AUDIENCE must be set with OIDC_ISSUER: a token made for another service is not valid here',
    );
  if (env.OIDC_ISSUER !== undefined && env.KBASE_AUTH_URL !== undefined && !env.OIDC_USER_PREFIX)
    problems.push(
      'OIDC_USER_PREFIX must be set with both KBASE_AUTH_URL and OIDC_ISSUER: the same name may be two people',
    );
  if (env.KBASE_POLARIS_URL !== undefined && env.KBASE_COMPAT !== 'true')
    problems.push('KBASE_POLARIS_URL must not be set without KBASE_COMPAT=true: nothing is forwarded then');
  return problems;
}

function collect(source: NodeJS.ProcessEnv, problems: string[]): Record<string, string> {
  const read = (name: string): string | undefined => {
    if (!SECRETS.includes(name)) return source[name] || undefined;
    try {
      return secretOf(source, name);
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  const names = new Set([...Object.keys(source).map(nameOf), ...Object.keys(ALIASES)]);
  const values = [...names].map(
    (name) => [name, read(name) ?? (ALIASES[name] ? read(ALIASES[name]) : undefined)] as const,
  );
  return Object.fromEntries(
    values.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

/** `NAME_FILE` gives the value of a secret `NAME`. Of others, it is a variable of its own. */
function nameOf(variable: string): string {
  const name = variable.replace(/_FILE$/, '');
  return SECRETS.includes(name) ? name : variable;
}

/** `--role api` or `--role=api` sets ROLE. */
function fromArguments(args: readonly string[], problems: string[]): Record<string, string> {
  const [first, ...rest] = args.join(' ').split(/[ =]/);
  if (args.length === 0) return {};
  if (first !== '--role' || rest.length !== 1) {
    problems.push('the only argument is --role api|worker|all');
    return {};
  }
  return { ROLE: rest[0] ?? '' };
}

function describe(name: string, constraints: Record<string, string>, raw: Record<string, string>): string {
  if (raw[name] === undefined) return 'must be set';
  // class-validator's messages name the property and the rule, without the value. A value that is not a number breaks its bounds too
  const message = constraints['isInt'] ?? Object.values(constraints)[0] ?? 'is not valid';
  return message.replaceAll(`${name} `, '');
}

function toConfig(
  env: Environment,
  serviceTokens: readonly ServiceToken[],
): Omit<AppConfig, 'amqp' | 'groupsFrom' | 'page' | 'providers' | 'targets' | 'tracing' | 'workflowTools'> {
  const admins = distinct(env.MINIO_ADMIN_ENDPOINT, [env.MINIO_ENDPOINT]);
  return {
    http: httpOf(env),
    workflows: { policyFile: env.WORKFLOW_POLICY_FILE },
    minio: {
      endpoint: origin(env.MINIO_ENDPOINT),
      adminEndpoints: admins,
      nodeEndpoints: distinct(env.MINIO_NODE_ENDPOINTS, admins),
      accessKey: env.MINIO_ROOT_USER,
      secretKey: new Secret(env.MINIO_ROOT_PASSWORD),
      publicEndpoint: origin(env.MINIO_PUBLIC_ENDPOINT ?? env.MINIO_ENDPOINT),
      consoleUrl: env.MINIO_CONSOLE_URL,
      region: env.MINIO_REGION,
    },
    masterKey: { current: secret(env.MASTER_KEY), previous: secret(env.MASTER_KEY_PREVIOUS) },
    lake: lakeOf(env),
    products: productsOf(env),
    kbase: kbaseOf(env),
    kbaseCompat: kbaseCompatOf(env),
    oidc: oidcOf(env),
    jupyterhub: hubOf(env),
    serviceTokens,
    notifications: notificationsOf(env),
    callbacks: callbacksOf(env),
    database: { url: secret(env.DATABASE_URL), dataDir: env.DATA_DIR },
    drift: { heal: env.DRIFT_HEAL, sweepIntervalSeconds: env.SWEEP_INTERVAL_SECONDS },
    worker: {
      role: env.ROLE,
      concurrency: env.WORKER_CONCURRENCY,
      maxAttempts: env.PROVISION_MAX_ATTEMPTS,
    },
    limits: {
      credentialsPerMinute: env.RATE_LIMIT_CREDENTIALS,
      writesPerMinute: env.RATE_LIMIT_WRITES,
      webhooksPerMinute: env.RATE_LIMIT_WEBHOOKS,
      sessionReuseSeconds: env.SESSION_REUSE_SECONDS,
    },
    leavers: {
      maxIdleDays: env.CREDENTIALS_MAX_IDLE_DAYS,
      intervalSeconds: env.LEAVERS_INTERVAL_SECONDS,
      dryRun: env.LEAVERS_DRY_RUN === 'true',
      maxPercent: env.LEAVERS_MAX_PERCENT,
    },
    logLevel: env.LOG_LEVEL,
  };
}

function lakeOf(env: Environment): AppConfig['lake'] {
  const homes = homesOf(env);
  const [{ bucket, usersPrefix } = { bucket: env.LAKE_BUCKET, usersPrefix: env.USERS_PREFIX }] = homes;
  const buckets = [...new Set(homes.map((home) => home.bucket))];
  const grantableBuckets = env.GRANTABLE_BUCKETS.length > 0 ? env.GRANTABLE_BUCKETS : buckets;
  return { bucket, usersPrefix, homes, grantableBuckets };
}

function httpOf({ HOST: host, PORT: port, TRUST_PROXY: text }: Environment): AppConfig['http'] {
  const trusted = trustProxy(text);
  // a proxy in front lets other machines reach the service
  return { host, port, trustProxy: trusted, local: isLoopback(host) && !trusted };
}

function kbaseOf(env: Environment): AppConfig['kbase'] {
  const { KBASE_AUTH_URL: url } = env;
  if (url === undefined) return undefined;
  const { KBASE_ADMIN_ROLES: adminRoles, KBASE_REQUIRED_ROLES: requiredRoles } = env;
  return {
    url: url.replace(/\/+$/, ''),
    adminRoles,
    requiredRoles,
    lookUpToken: secret(env.KBASE_LOOKUP_TOKEN),
  };
}

function hubOf(env: Environment): AppConfig['jupyterhub'] {
  const { JUPYTERHUB_API_URL: url, JUPYTERHUB_API_TOKEN: token } = env;
  if (url === undefined) return undefined;
  return { url: url.replace(/\/+$/, ''), lookUpToken: secret(token), client: hubClientOf(env) };
}

function kbaseCompatOf({
  KBASE_COMPAT: isOn,
  KBASE_POLARIS_URL: url,
}: Environment): AppConfig['kbaseCompat'] {
  if (isOn !== 'true') return undefined;
  return url === undefined ? {} : { polarisUrl: url.replace(/\/+$/, '') };
}

function oidcOf(env: Environment): AppConfig['oidc'] {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = env;
  if (issuer === undefined) return undefined;
  return {
    issuer,
    audience,
    userClaim: env.OIDC_USER_CLAIM,
    userPrefix: env.OIDC_USER_PREFIX,
    rolesClaim: env.OIDC_ROLES_CLAIM,
    adminRoles: env.OIDC_ADMIN_ROLES,
    client: oidcClientOf(env),
    lookUp: oidcLookUpOf(env),
  };
}

/** MinIO is served at the root of its host: a path in an endpoint would break every signature. */
function origin(url: string): string {
  return new URL(url).origin;
}

/** The origins of the endpoints, or of `others` if there are none, without duplicates. */
function distinct(endpoints: readonly string[], others: readonly string[]): string[] {
  return [...new Set((endpoints.length > 0 ? endpoints : others).map(origin))];
}

function trustProxy(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
