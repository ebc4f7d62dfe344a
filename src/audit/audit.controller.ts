import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../auth/authenticated.js';
import { decodeCursor, pageOf, SEQUENCE_CURSOR } from '../common/paging/paging.js';
import { Problems } from '../common/problems/problems.decorator.js';
import type { AuditEventRow } from '../database/schema.js';
import { AuditEventDto, AuditPageDto, AuditQuery } from './audit.dto.js';
import { AuditStore } from './audit.store.js';

@ApiTags('Administration')
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly events: AuditStore) {}

  /** List audit events, newest first */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: AuditPageDto, description: 'A page of events' })
  @Problems('unprocessable')
  async list(@Query() query: AuditQuery): Promise<AuditPageDto> {
    const { limit, cursor, ...filter } = query;
    const before = decodeCursor(cursor, SEQUENCE_CURSOR);
    const rows = await this.events.list(filter, limit + 1, before);
    return pageOf(rows, limit, (row) => String(row.id), itemOf);
  }
}

function itemOf(row: AuditEventRow): AuditEventDto {
  return { ...row, id: String(row.id), at: row.at.toISOString() };
}
