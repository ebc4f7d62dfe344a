/** The result of one check. */
export class CheckDto {
  /**
   * Name of the check
   * @example "minio_prefix_condition"
   */
  name!: string;

  /** `warning`: it works, but needs attention; `failed`: something will not work */
  verdict!: 'ok' | 'warning' | 'failed';

  /** What was found */
  detail!: string;

  /** How to fix it; empty if there is nothing to do */
  remedy!: string;
}

/** The results of the doctor. */
export class DoctorDto {
  /** Every check, in a fixed order */
  checks!: CheckDto[];
}
