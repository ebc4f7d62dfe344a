import type { Type } from '@nestjs/common';
import { ApiAcceptedResponse, type ApiResponseOptions } from '@nestjs/swagger';
/** A change that is stored and that MinIO does not hold yet. */
export class PendingDto {
  /** False: it will be enforced as soon as MinIO answers */
  enforced!: boolean;
}

/** Declares the 202 of a change that is stored and that MinIO does not hold yet. */
export function ApiPending(
  type: Type<unknown>,
  options?: Pick<ApiResponseOptions, 'headers'>,
): MethodDecorator {
  return ApiAcceptedResponse({
    type,
    description: 'Accepted and stored; will be applied when MinIO is reachable',
    ...options,
  });
}
