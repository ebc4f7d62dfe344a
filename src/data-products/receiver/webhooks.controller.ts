import { Controller, HttpCode, HttpStatus, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Optional } from '../../common/validation.js';
import { type Receipt, Receiver } from './receiver.js';

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

type WebhookRequest = FastifyRequest & { rawBody?: string; arrivedAt: number };

@ApiTags('Data products')
@Controller()
export class WebhooksController {
  constructor(private readonly receiver: Receiver) {}

  /**
   * Take a delivery of a Data Product Portal
   * @remarks An exchange of portals up to 0.7 (signed with `Sign` where WEBHOOK_SECRET is set), or a CloudEvent of newer ones. Answered at
   * once; what it is about is looked at afterwards.
   */
  @Post(['', 'webhooks/data-product-portal'])
  @HttpCode(HttpStatus.OK)
  @ApiHeader({ name: 'Sign', required: false, description: 'HMAC-SHA512 in hex, as the portal computes it' })
  @ApiBody({ required: true, schema: { type: 'object', additionalProperties: true } })
  @ApiOkResponse({ type: ReceiptDto, description: 'It was understood' })
  @Problems(
    'malformed_request',
    'unauthenticated',
    'payload_too_large',
    'unsupported_media_type',
    'unprocessable',
  )
  @Problems('database_unavailable')
  receive(@Req() request: WebhookRequest, @Query() { token }: WebhookQuery): Promise<Receipt> {
    const sign = request.headers['sign'];
    return this.receiver.receive({
      raw: Buffer.from(request.rawBody ?? ''),
      sign: typeof sign === 'string' ? sign : undefined,
      token,
      requestId: request.id,
      arrivedAt: request.arrivedAt,
    });
  }
}
