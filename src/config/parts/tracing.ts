import { Secret } from '../../common/secret.js';
import type { Environment, SAMPLERS } from '../environment.js';

/** Traces, which a collector takes by OTLP. The exporter reads the other `OTEL_EXPORTER_OTLP_*` by itself. */
export interface TracingConfig {
  /** Where the spans go. */
  url: string;
  /** Sent to the collector: they may hold a token. */
  headers: Readonly<Record<string, Secret>>;
  sampler: (typeof SAMPLERS)[number];
  /** Which part of the traces is recorded by a `traceidratio`, 0 to 1. */
  ratio: number;
  /** How long spans wait for others, in milliseconds. */
  scheduleDelayMs: number;
}

/** Undefined: nothing is traced. Adds what is wrong to the problems. */
export function tracingOf(env: Environment, problems: string[]): TracingConfig | undefined {
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? below(env.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (url === undefined || env.OTEL_SDK_DISABLED === 'true') return undefined;
  if (env.OTEL_TRACES_EXPORTER === 'none') return undefined;
  if (URL.parse(url)?.username || URL.parse(url)?.password)
    problems.push(
      'OTEL_EXPORTER_OTLP_ENDPOINT must not have a user: OTEL_EXPORTER_OTLP_HEADERS sends credentials',
    );
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol !== 'http/protobuf')
    problems.push(
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf: traces are sent in no other way (port 4318 of a collector)',
    );
  return {
    url,
    headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS, problems),
    sampler: env.OTEL_TRACES_SAMPLER,
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
    scheduleDelayMs: env.OTEL_BSP_SCHEDULE_DELAY,
  };
}

/** The address of the traces below the collector's own. */
function below(url: string | undefined): string | undefined {
  return url === undefined ? undefined : `${url.replace(/\/+$/, '')}/v1/traces`;
}

const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\x20-\x7e]{1,8192}$/;

/** `name=value,name=value`, with values that are percent-encoded. */
function headersOf(text: string | undefined, problems: string[]): Record<string, Secret> {
  const pairs = (text ?? '').split(',').filter((each) => each.trim() !== '');
  const read = pairs.map((pair): [string, Secret] | undefined => {
    const [name = '', ...rest] = pair.split('=');
    const value = decoded(rest.join('=').trim());
    return NAME.test(name.trim()) && value !== undefined && VALUE.test(value)
      ? [name.trim(), new Secret(value)]
      : undefined;
  });
  if (read.includes(undefined))
    problems.push(
      'OTEL_EXPORTER_OTLP_HEADERS must be NAME=VALUE, comma-separated, with percent-encoded values',
    );
  return Object.fromEntries(read.filter((each) => each !== undefined));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
