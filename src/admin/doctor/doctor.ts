import { Injectable } from '@nestjs/common';
import { type Checks, run } from './check.js';
import type { DoctorDto } from './doctor.dto.js';
import { HoleChecks } from './hole-checks.js';
import { MinioChecks } from './minio-checks.js';
import { PortalChecks } from './portal-checks.js';
import { ServiceChecks } from './service-checks.js';
import { VersionChecks } from './version-checks.js';

/** Probes the live surroundings and says what to do. Changes nothing. */
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

  /** Runs every check at once. */
  async examine(): Promise<DoctorDto> {
    const checks = this.#topics.flatMap((topic) => topic.list());
    return { checks: await Promise.all(checks.map(run)) };
  }
}
