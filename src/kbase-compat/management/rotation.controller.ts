import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { RotateAllDto } from '../../rotations/http/rotation.dto.js';
import { Rotations } from '../../rotations/rotations.js';
import { KbaseError } from '../errors/kbase-error.js';
import { Kbase } from '../kbase-route.js';

/** Maximum time from the request's arrival until the response, in milliseconds. The run goes on after it. */
const PATIENCE_MS = 25_000;
/** How many failures an answer names. */
const NAMED = 500;

/** `/management/credentials`, for administrators. */
@Controller('management/credentials')
export class KbaseRotationController {
  constructor(private readonly rotations: Rotations) {}

  /** Every secret, those of adopted users included: KBase's service leaves none as it was. */
  @Post('rotate-all-credentials')
  @HttpCode(HttpStatus.OK)
  @Kbase({ limit: 'writes' })
  async rotateAll(@CallerParam() context: RequestContext) {
    const everybody = Object.assign(new RotateAllDto(), { include_adopted: true });
    const { row } = await this.rotations.request(everybody, context);
    if (!(await this.rotations.isEnded(row.id, context.arrivedAt + PATIENCE_MS)))
      throw new KbaseError(
        'not_in_force',
        `The rotation goes on by itself: see /provisions/${row.provision_id}. Nothing needs to be repeated`,
      );
    const { counts, failed } = await this.rotations.users(row.id, NAMED);
    return {
      users_rotated: counts.rotated + counts.already_new,
      users_failed: counts.failed,
      errors: failed.map(({ name, detail }) => ({
        resource_type: 'user',
        resource_name: name,
        error: detail ?? 'failed',
      })),
      performed_by: context.name,
      timestamp: new Date().toISOString(),
    };
  }
}
