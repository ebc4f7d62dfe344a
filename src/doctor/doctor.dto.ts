/** The result of one check. */
export class CheckDto {
  /**
   * Name of the check
   * @example "minio_prefix_condition"
   */
  name!: string;

  /**
   * `warning`: it works, but needs attention; `failed`: something will not work; `not_configured`: there is nothing to check, because the
   * configuration does not use it
   * @example "ok"
   */
  verdict!: 'ok' | 'warning' | 'failed' | 'not_configured';

  /** What was found */
  detail!: string;

  /** How to fix it; empty if there is nothing to do */
  remedy!: string;
}

/** The results of the doctor. */
export class DoctorDto {
  /** The worst verdict of the checks; `not_configured` is no trouble */
  verdict!: 'ok' | 'warning' | 'failed';

  /**
   * The verdict as a sentence for people: how many checks failed, and the names of those that are not ok
   * @example "1 of 18 checks failed: minio_unsigned_trailer. Warnings: minio_advisories. Not configured: jupyterhub, oidc."
   */
  summary!: string;

  /** Every check, the worst first: `failed`, `warning`, `not_configured`, `ok` */
  checks!: CheckDto[];
}
