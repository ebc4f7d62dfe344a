import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Problems } from '../common/problems/problems.decorator.js';
import { registry, scraped } from './registry.js';

@ApiTags('Service')
@Controller()
export class MetricsController {
  /** Metrics in the Prometheus text format */
  @Get('metrics')
  @Header('content-type', registry.contentType)
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Prometheus text format', schema: { type: 'string' } })
  @Problems()
  metrics(): Promise<string> {
    return scraped();
  }
}
