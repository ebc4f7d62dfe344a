import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Lake } from '../minio/lake.js';
import { isGrantable } from '../policy/grants/grantable.js';
import { parseGrantPath } from '../policy/paths.js';
import { AS_NOW } from '../provisioning/kinds/expected-things.js';
import { MadeBuckets } from '../provisioning/records/made-buckets.js';
import type { GroupRequestDto } from './group.dto.js';
import type { GrantableLake } from './group-requests.js';

/** In which buckets groups may be given paths: those of GRANTABLE_BUCKETS, and those that provisions made. */
@Injectable()
export class GrantableBuckets {
  constructor(
    private readonly config: AppConfig,
    private readonly made: MadeBuckets,
    private readonly lake: Lake,
  ) {}

  /** The lake with those buckets of the grants that a provision made, or will have made. */
  async lakeFor({ grants = [] }: Pick<GroupRequestDto, 'grants'>, expected = AS_NOW): Promise<GrantableLake> {
    const { lake } = this.config;
    const others = grants.flatMap(({ path }) => {
      const parsed = parseGrantPath(path);
      return parsed.ok && !isGrantable(parsed.path.bucket, lake) ? [parsed.path.bucket] : [];
    });
    const made = new Set(await this.made.among(others));
    for (const name of new Set(others)) {
      const willBe = expected.has({ kind: 'bucket', name });
      if (willBe === false) made.delete(name);
      if (willBe && expected.makes({ kind: 'bucket', name }, await this.lake.hasBucket(name))) made.add(name);
    }
    return { ...lake, grantableBuckets: [...lake.grantableBuckets, ...made] };
  }
}
