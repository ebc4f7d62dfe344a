/** One thing that was looked at. */
export class CheckDto {
  /**
   * What was looked at
   * @example "minio_prefix_condition"
   */
  name!: string;

  /** `warning`: it works, but something should be done; `failed`: something will not work */
  verdict!: 'ok' | 'warning' | 'failed';

  /** What was found */
  detail!: string;

  /** What to do about it; empty when there is nothing to do */
  remedy!: string;
}

/** What the doctor found. */
export class DoctorDto {
  /** Every check, in a fixed order */
  checks!: CheckDto[];
}
