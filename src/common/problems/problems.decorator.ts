import { applyDecorators } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/internal';
import { ApiExtraModels, ApiResponse, type ApiResponseOptions, getSchemaPath } from '@nestjs/swagger';
import { takes } from '../http/route-parameters.js';
import { ProblemDto } from './problem.dto.js';
import { type ProblemCode, PROBLEMS } from './problem.js';

const SECONDS = { type: 'integer', minimum: 0 } as const;
const RETRY_AFTER = { description: 'When to retry, in seconds', required: true, schema: SECONDS };

/** Headers of some problem answers. */
const HEADERS: Record<number, ApiResponseOptions['headers']> = {
  401: {
    'WWW-Authenticate': {
      description: 'How to authenticate',
      required: true,
      schema: { type: 'string', enum: ['Bearer'] },
    },
  },
  429: {
    'Retry-After': RETRY_AFTER,
    'RateLimit-Limit': { description: 'Calls per minute', required: true, schema: SECONDS },
    'RateLimit-Remaining': { description: 'Remaining calls', required: true, schema: SECONDS },
    'RateLimit-Reset': { description: 'Seconds until the minute ends', required: true, schema: SECONDS },
  },
  503: { 'Retry-After': RETRY_AFTER },
};

const DECLARED = 'minio-manager:problems';
/** Problems of every operation with a body. */
const BODY: ProblemCode[] = ['payload_too_large', 'unsupported_media_type', 'unprocessable'];

/**
 * Declares the problems an operation may answer with, one OpenAPI response per status; every operation also has 500. It may be used more
 * than once: Nest joins the descriptions of a status, so each code is declared only the first time.
 */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const declared = (Reflect.getMetadata(DECLARED, handler) as ProblemCode[] | undefined) ?? [];
    const body = takes(RouteParamtypes.BODY, target.constructor, key) ? BODY : [];
    const fresh = [...new Set<ProblemCode>([...body, ...codes, 'internal'])].filter(
      (code) => !declared.includes(code),
    );
    Reflect.defineMetadata(DECLARED, [...declared, ...fresh], handler);
    applyDecorators(ApiExtraModels(ProblemDto), ...responsesOf(fresh))(target, key, descriptor);
  };
}

function responsesOf(codes: ProblemCode[]): MethodDecorator[] {
  const statuses = new Map<number, ProblemCode[]>();
  for (const code of codes)
    statuses.set(PROBLEMS[code].status, [...(statuses.get(PROBLEMS[code].status) ?? []), code]);
  return [...statuses].map(([status, named]) =>
    ApiResponse({
      status,
      description: named.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
      ...(HEADERS[status] ? { headers: HEADERS[status] } : {}),
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
    }),
  );
}
