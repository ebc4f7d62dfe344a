import { applyDecorators } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/internal';
import { ApiExtension, ApiExtraModels } from '@nestjs/swagger';
import { takes } from '../http/route-parameters.js';
import { ProblemDto } from './problem.dto.js';
import type { ProblemCode } from './problem.js';

/** Where the OpenAPI document keeps the codes of an operation until its responses are made of them (src/openapi/problems.ts). */
export const PROBLEMS_OF_OPERATION = 'x-problems';

const DECLARED = 'minio-manager:problems';
/** Problems of every operation with a body. */
const BODY: ProblemCode[] = ['payload_too_large', 'unsupported_media_type', 'unprocessable'];

/** Declares the problems an operation may answer with; every operation also has 500. It may be used more than once. */
export function Problems(...codes: ProblemCode[]): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const before = Reflect.getMetadata(DECLARED, handler) as ProblemCode[] | undefined;
    const declared = before ?? [];
    const body = takes(RouteParamtypes.BODY, target.constructor, key) ? BODY : [];
    for (const code of [...body, ...codes, 'internal'] as const)
      if (!declared.includes(code)) declared.push(code);
    if (before) return;
    Reflect.defineMetadata(DECLARED, declared, handler);
    // Nest keeps the first value of an extension: this one holds the list that later uses add to
    applyDecorators(ApiExtraModels(ProblemDto), ApiExtension(PROBLEMS_OF_OPERATION, { codes: declared }))(
      target,
      key,
      descriptor,
    );
  };
}
