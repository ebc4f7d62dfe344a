import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { waitFor } from '../../../scripts/child.mjs';
import { NO_LIMITS } from '../../support/access/sharing.js';
import { ServiceEnded, startService } from '../../support/service/service.js';
import { type Stack, START_MS, startStack } from '../../support/service/stack.js';
import { Collector } from '../../support/tracing/collector.js';

const WARNED = 'The collector takes no traces';

describe('a collector that does not take traces', () => {
  const collector = new Collector();
  let stack: Stack;

  beforeAll(async () => {
    await collector.start();
    const env = {
      ...NO_LIMITS,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    };
    stack = await startStack({ env });
  }, START_MS);
  afterAll(async () => {
    await stack?.stop();
    await collector.stop();
  });

  const call = async (times: number) => {
    for (let each = 0; each < times; each += 1)
      expect((await stack.person('alice').post('/users/alice')).status).toBeLessThan(300);
  };
  const warnings = () => stack.service.logs().split(WARNED).length - 1;

  it('costs nothing but the traces of that time, and the log says so once', async () => {
    collector.answer = 503;
    await call(3);
    await waitFor('the warning', () => warnings() > 0);
    const asked = collector.headers.length;
    await call(3);
    await waitFor('another attempt', () => collector.headers.length > asked + 1);
    expect(warnings()).toBe(1);
    collector.answer = 200;
    await call(1);
    await waitFor('the spans', () => collector.spans.length > 0);
    // lines below a warning are written a moment later
    await waitFor('the line', () => stack.service.logs().includes('The collector takes traces again'));
  });

  it('does not hold up the end of the service when it is silent', async () => {
    await stack.service.stop();
    // the exporter itself would wait for ten seconds
    delete stack.env.OTEL_EXPORTER_OTLP_TIMEOUT;
    await stack.startService();
    collector.answer = null;
    await call(1);
    const before = performance.now();
    expect(await stack.service.stop()).toBe(0);
    expect(performance.now() - before).toBeLessThan(6000);
  });

  it('may be away from the start to the end', async () => {
    stack.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${await closedPort()}`;
    await stack.startService();
    await call(2);
    expect(await stack.service.stop()).toBe(0);
  });

  it.each([
    ['OTEL_TRACES_SAMPLER', 'always_off'],
    ['OTEL_TRACES_EXPORTER', 'none'],
    ['OTEL_SDK_DISABLED', 'true'],
  ])('gets nothing with %s=%s', async (name, value) => {
    collector.answer = 200;
    stack.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    stack.env[name] = value;
    const before = collector.headers.length;
    await stack.startService();
    await call(1);
    expect(await stack.service.stop()).toBe(0);
    delete stack.env[name];
    expect(collector.headers.length).toBe(before);
  });
});

describe('settings of traces that cannot be', () => {
  const why = async (settings: Record<string, string>): Promise<string> => {
    const env = { MINIO_ENDPOINT: 'http://127.0.0.1:9', ...settings };
    const start = startService({ env });
    const error = await start.then(
      async (service) => service.kill(),
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(ServiceEnded);
    return (error as ServiceEnded).logs;
  };
  const url = 'http://127.0.0.1:4318';

  it('are told by the name of the variable, without the value', async () => {
    const logs = await why({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:not-to-be-told@127.0.0.1:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'not-to-be-told',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    });
    for (const name of ['ENDPOINT', 'PROTOCOL', 'HEADERS'])
      expect(logs).toContain(`OTEL_EXPORTER_OTLP_${name} must`);
    expect(logs).toContain('OTEL_TRACES_SAMPLER must be one of');
    expect(logs).toContain('OTEL_TRACES_SAMPLER_ARG must not be greater than 1');
    expect(logs).not.toContain('not-to-be-told');
  });

  it('do not matter while nothing is traced', async () => {
    const logs = await why({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_SDK_DISABLED: 'true',
    });
    expect(logs).not.toContain('OTEL_');
  });
});

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
