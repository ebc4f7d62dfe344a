import { Injectable } from '@nestjs/common';
import { type Checks, run } from './checks/check.js';
import type { DoctorDto } from './doctor.dto.js';
import { HoleChecks } from './checks/minio/hole-checks.js';
import { MinioChecks } from './checks/minio/minio-checks.js';
import { PortalChecks } from './checks/portal-checks.js';
import { ServiceChecks } from './checks/service-checks.js';
import { VersionChecks } from './checks/minio/version-checks.js';
import { judge } from './verdict.js';

/** Checks the live environment and suggests remedies. Changes nothing. */
@Injectable()
export class Doctor {
  readonly #topics: Checks[];

  constructor(
    minio: MinioChecks,
    holes: HoleChecks,
    versions: VersionChecks,
    service: ServiceChecks,
    portal: PortalChecks,
  ) {
    this.#topics = [minio, holes, versions, service, portal];
  }

  /** Runs all checks concurrently. */
  async examine(): Promise<DoctorDto> {
    const checks = this.#topics.flatMap((topic) => topic.list());
    return judge(await Promise.all(checks.map(run)));
  }
}
