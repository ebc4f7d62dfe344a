/** The process is alive. */
export class LivenessDto {
  /**
   * Always the same: the answer is what counts
   * @example "alive"
   */
  status!: 'alive';
}

/** What the service depends on. */
export class DependenciesDto {
  /** Without it nothing works: the answer is 503 then */
  database!: 'up' | 'down';

  /** Without it no credentials are handed out; changes are kept. `degraded`: one of its nodes does not answer, the others do all work */
  minio!: 'up' | 'degraded' | 'down';
}

/** Whether requests are answered. */
export class ReadinessDto {
  /** `degraded`: something the service depends on does not answer, see `dependencies` */
  status!: 'ready' | 'degraded' | 'unavailable';

  /** One entry a dependency */
  dependencies!: DependenciesDto;
}
