import { join } from 'node:path';
import { Secret } from '../../common/secret.js';
import type { AppConfig } from '../app-config.js';
import type { Environment } from '../environment.js';
import { ROOT } from '../root.js';
import { problemsOfServer } from '../targets.js';

/** The template shipped with this project: a SQLMesh project on DuckDB. */
const SHIPPED_TEMPLATE = join(ROOT, 'templates', 'sqlmesh');

/** The settings of data products. */
export function productsOf(env: Environment): AppConfig['products'] {
  const { PORTAL_API_URL: url } = env;
  return {
    bucket: env.PRODUCTS_BUCKET,
    portal: url === undefined ? null : { url: url.replace(/\/+$/, ''), key: secret(env.PORTAL_API_KEY) },
    webhookSecret: secret(env.WEBHOOK_SECRET),
    webhookToken: secret(env.WEBHOOK_TOKEN),
    templatePath: env.PROV_TEMPLATE_PATH ?? SHIPPED_TEMPLATE,
    outputPath: env.PROV_TEMPLATE_OUTPUT_PATH,
    onDelete: env.PRODUCTS_ON_DELETE,
    resyncSeconds: env.PORTAL_RESYNC_SECONDS,
    debounceMs: env.PORTAL_DEBOUNCE_MS,
    ...(env.PRODUCTS_POSTGRES_TARGET !== undefined && {
      postgres: {
        target: env.PRODUCTS_POSTGRES_TARGET,
        database: env.PRODUCTS_POSTGRES_DATABASE,
        makesPorts: env.PRODUCTS_POSTGRES_PORT === 'true',
      },
    }),
  };
}

/** What is wrong with them beside the single variables. */
export function problemsOfProducts(env: Environment, targets: AppConfig['targets']): string[] {
  const server = env.PRODUCTS_POSTGRES_TARGET;
  const problems = problemsOfServer(server, targets);
  if (env.PRODUCTS_POSTGRES_PORT === 'true' && (server === undefined || env.PORTAL_API_URL === undefined))
    problems.push(
      'PRODUCTS_POSTGRES_PORT must not be true without PRODUCTS_POSTGRES_TARGET and PORTAL_API_URL',
    );
  return problems;
}

/** A value that is a secret, if it is set. */
export function secret(value: string | undefined): Secret | undefined {
  return value === undefined ? undefined : new Secret(value);
}
