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
  /**
   * Required if WEBHOOK_TOKEN is set
   * @example "the-token-of-the-webhook"
   */
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

/** One delivery in each form. */
export const DELIVERY_EXAMPLES: Record<string, { summary: string; value: object }> = {
  exchange: {
    summary: 'An exchange, from portals up to 0.7',
    value: {
      method: 'POST',
      url: '/api/data_products',
      status_code: 200,
      response: '{"id":"sales","namespace":"sales"}',
    },
  },
  event: {
    summary: 'A CloudEvent, from newer portals',
    value: {
      specversion: '1.0',
      id: 'c49df142-6e0a-45e3-85f9-525fd6184c11',
      source: 'data-product-portal',
      type: 'data_product.event',
      data: { id: 'sales' },
    },
  },
};

/** The body of a delivery: an exchange, or from 0.6 on a CloudEvent. Unknown fields are ignored. */
export const DELIVERY: SchemaObject = {
  anyOf: [
    {
      type: 'object',
      required: ['method', 'url'],
      properties: {
        method: { type: 'string', pattern: '^[A-Za-z]{1,20}$', example: 'POST' },
        url: {
          type: 'string',
          minLength: 1,
          description: 'The requested path',
          example: '/api/data_products',
        },
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
