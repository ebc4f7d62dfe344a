import type { ApiBodyOptions } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { Optional } from '../../common/validation.js';

/** The answer to a delivery. */
export class ReceiptDto {
  /** `duplicate`: the last delivery about the same thing was the same one */
  status!: 'accepted' | 'ignored' | 'duplicate';

  /** Why it was ignored */
  reason?: string;
}

/** Query parameters of a delivery. */
export class WebhookQuery {
  /** Needed where WEBHOOK_TOKEN is set */
  @Optional()
  @IsString()
  @MaxLength(1024)
  token?: string;
}

type SchemaObject = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** A text that may be JSON, or the thing itself. */
const BODY: SchemaObject = {
  anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: true, nullable: true }],
};

/** What a portal sends: an exchange, or from 0.6 on a CloudEvent. Fields that are not known are left alone. */
export const DELIVERY: SchemaObject = {
  anyOf: [
    {
      type: 'object',
      required: ['method', 'url'],
      properties: {
        method: { type: 'string', pattern: '^[A-Za-z]{1,20}$' },
        url: { type: 'string', minLength: 1, description: 'The path that was asked for' },
        status_code: {
          type: 'integer',
          minimum: 100,
          maximum: 599,
          nullable: true,
          description: 'Success if left out',
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
