import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../auth/authenticated.js';
import { IdParam } from '../common/http/id-param.js';
import { noSuch } from '../common/problems/problem.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { DeletionDto, deletionOf } from './deletion.dto.js';
import { Deletions } from './deletions.js';

@ApiTags('Users')
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
  async show(@IdParam('id', 'deletion') id: string): Promise<DeletionDto> {
    const row = await this.deletions.find(id);
    if (!row) throw noSuch('deletion');
    return deletionOf(row);
  }
}
