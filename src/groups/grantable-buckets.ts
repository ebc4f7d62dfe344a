import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { isGrantable } from '../policy/grantable.js';
import { parseGrantPath } from '../policy/paths.js';
import { MadeBuckets } from '../provisioning/records/made-buckets.js';
import type { GroupRequestDto } from './group.dto.js';
import type { GrantableLake } from './group-requests.js';

/** In which buckets groups may be given paths: those of GRANTABLE_BUCKETS, and those that provisions made. */
@Injectable()
export class GrantableBuckets {
  constructor(
    private readonly config: AppConfig,
    private readonly made: MadeBuckets,
  ) {}

  /** The lake with those buckets of the grants that a provision made. */
  async lakeFor({ grants = [] }: Pick<GroupRequestDto, 'grants'>): Promise<GrantableLake> {
    const { lake } = this.config;
    const others = grants.flatMap(({ path }) => {
      const parsed = parseGrantPath(path);
      return parsed.ok && !isGrantable(parsed.path.bucket, lake) ? [parsed.path.bucket] : [];
    });
    const made = await this.made.among(others);
    return { ...lake, grantableBuckets: [...lake.grantableBuckets, ...made] };
  }
}
