import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';
import { type ProblemCode, PROBLEMS } from './problem.js';

const DECLARED = 'minio-manager:problems';

/** Declares the problems an operation may answer with, one OpenAPI response a status; every operation has 500 beside them. */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const earlier = (Reflect.getMetadata(DECLARED, handler) as ProblemCode[] | undefined) ?? ['internal'];
    const all = [...new Set([...earlier, ...codes])];
    Reflect.defineMetadata(DECLARED, all, handler);
    applyDecorators(ApiExtraModels(ProblemDto), ...responsesOf(all))(target, key, descriptor);
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
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
    }),
  );
}
