import { Controller, HttpCode, HttpStatus, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problems } from '../../common/problems/problems.decorator.js';
import { type Receipt, Receiver } from './receiver.js';
import { DELIVERY, ReceiptDto, WebhookQuery } from './webhooks.dto.js';

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
  @ApiBody({ required: true, schema: DELIVERY })
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
