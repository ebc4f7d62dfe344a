import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { DriftRequests } from '../../drift/drift-requests.js';
import { Kbase } from '../kbase-route.js';

/** `/management/migrate`, for administrators. */
@Controller('management/migrate')
export class MigrationController {
  constructor(private readonly drift: DriftRequests) {}

  /** Repairs what differs in MinIO. Nothing is made anew: documents here follow from grants, which stay. */
  @Post('regenerate-policies')
  @HttpCode(HttpStatus.OK)
  @Kbase({ limit: 'writes' })
  async regenerate(@CallerParam() context: RequestContext) {
    const { results, more } = await this.drift.reconcile({ removeForeign: false }, context);
    const failed = results.filter(({ status }) => status === 'failed');
    const mended = results.filter(({ status }) => status === 'mended');
    const errors = failed.map(({ kind, name, code }) => errorOf(kind, name, code ?? 'failed'));
    const rest = more > 0 ? [errorOf('all', 'all', `${more} more differ: repeat the request`)] : [];
    return {
      users_updated: mended.filter(({ kind }) => kind === 'user').length,
      groups_updated: mended.filter(({ kind }) => kind === 'group').length,
      errors: [...errors, ...rest],
      performed_by: context.name,
      timestamp: new Date().toISOString(),
    };
  }
}

function errorOf(resource_type: string, resource_name: string, error: string) {
  return { resource_type, resource_name, error };
}
