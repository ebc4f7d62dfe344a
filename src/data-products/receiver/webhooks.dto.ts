import type { ApiBodyOptions } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Optional } from '../../common/http/validation.js';

/** The answer to a delivery. */
export class ReceiptDto {
  /** `duplicate`: the last delivery about the same topic was identical */
  status!: 'accepted' | 'ignored' | 'duplicate';

  /** Why it was ignored */
  reason?: string;
}

/** Query parameters of a delivery. */
export class WebhookQuery {
  /** Required if WEBHOOK_TOKEN is set */
  @Optional()
  @IsString()
  @MaxLength(1024)
  token?: string;
}

type SchemaObject = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** JSON in a string, or the JSON object itself. */
const BODY: SchemaObject = {
  anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: true, nullable: true }],
};

/** The body of a delivery: an exchange, or from 0.6 on a CloudEvent. Unknown fields are ignored. */
export const DELIVERY: SchemaObject = {
  anyOf: [
    {
      type: 'object',
      required: ['method', 'url'],
      properties: {
        method: { type: 'string', pattern: '^[A-Za-z]{1,20}$' },
        url: { type: 'string', minLength: 1, description: 'The requested path' },
        status_code: {
          type: 'integer',
          minimum: 100,
          maximum: 599,
          nullable: true,
          description: 'Success if omitted',
        },
        request: BODY,
        response: BODY,
      },
      not: { type: 'object', required: ['specversion'] },
    },
    {
      type: 'object',
      required: ['specversion', 'id', 'source', 'type'],
      properties: {
        specversion: { type: 'string', enum: ['1.0'] },
        id: { type: 'string', minLength: 1, maxLength: 1000 },
        source: { type: 'string', minLength: 1, maxLength: 1000 },
        type: { type: 'string', minLength: 1, maxLength: 1000 },
        data: { type: 'object', additionalProperties: true, nullable: true },
      },
    },
  ],
};
