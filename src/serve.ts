import 'reflect-metadata';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { configureHttp, httpAdapter } from './http.js';
import { ConfigError, loadConfig } from './config/load-config.js';
import { DirectoryInUse } from './database/embedded/directory-lock.js';
import { DamagedDatabase } from './database/embedded/embedded-folder.js';
import { serveOpenApi } from './openapi/page.js';
import { servePage } from './page/serve-page.js';
import { WrongMasterKey } from './secrets/key-ring.js';
import { startTracing } from './tracing/start-tracing.js';

/** Failures that the operator can fix: only their message is printed. */
const PLAIN: readonly unknown[] = [ConfigError, DamagedDatabase, DirectoryInUse, WrongMasterKey];

/** Maximum time for requests in progress to finish, in milliseconds. Orchestrators kill after 30 s at the earliest. */
const STOP_MS = 10_000;

/** By then the first look at everything is over, in milliseconds after the start. */
const SETTLED_MS = 10_000;

/** Nest's own hooks end the process by the signal; an orderly stop must exit with 0. */
function stopOnSignal(app: NestFastifyApplication, stopTracing: () => Promise<void>): void {
  const stop = (): void => {
    // connections stay open after their answer, and a client may never finish its request; neither may delay the stop
    const server = app.getHttpServer();
    setInterval(() => server.closeIdleConnections(), 50).unref();
    setTimeout(() => server.closeAllConnections(), STOP_MS - 2000).unref();
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void app
      .close()
      .finally(stopTracing)
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

/**
 * What the start leaves behind is a fifth of the memory of an idle service, and V8 would keep it until there is load. It takes less than a
 * tenth of a second, once.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}

async function start(): Promise<void> {
  const config = loadConfig();
  const { http, worker, page } = config;
  const stopTracing = await startTracing(config);
  const adapter = httpAdapter(http.trustProxy);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), adapter, {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
    // the signature of a webhook is over the bytes of its body
    rawBody: true,
  });
  app.useLogger(app.get(Logger));
  const refuseOtherMethods = configureHttp(app, worker.role);
  serveOpenApi(app, page ? 'ui/' : 'docs');
  servePage(app, config);
  stopOnSignal(app, stopTracing);
  await app.init();
  refuseOtherMethods();
  await app.listen(http.port, http.host);
  setTimeout(collectGarbage, SETTLED_MS).unref();
}

try {
  await start();
} catch (error) {
  const plain = PLAIN.some((type) => error instanceof (type as new () => Error));
  process.stderr.write(`${plain ? (error as Error).message : inspect(error)}\n`);
  process.exit(1);
}
