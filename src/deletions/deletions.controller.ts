import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../auth/authenticated.js';
import { Problem } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { DeletionDto, deletionOf } from './deletion.dto.js';
import { Deletions } from './deletions.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

@ApiTags('Administration')
@Controller('admin/deletions')
export class DeletionsController {
  constructor(private readonly deletions: Deletions) {}

  /**
   * Show the progress of the deletion of the data of a removed user or data product
   * @remarks The deletion continues by itself, even after a restart of this service or of MinIO.
   */
  @Get(':id')
  @Authenticated()
  @ApiParam({ name: 'id', description: 'The id from the answer that started the deletion' })
  @ApiOkResponse({ type: DeletionDto, description: 'The deletion' })
  @Problems('not_found')
  async show(@Param('id') id: string): Promise<DeletionDto> {
    const row = UUID.test(id) ? await this.deletions.find(id) : undefined;
    if (!row) throw new Problem('not_found', 'There is no such deletion');
    return deletionOf(row);
  }
}
