/** The process is alive. */
export class LivenessDto {
  /**
   * Always the same: the answer itself is the signal
   * @example "alive"
   */
  status!: 'alive';
}

/** The dependencies of the service. */
export class DependenciesDto {
  /**
   * Without it nothing works: the answer is then 503
   * @example "up"
   */
  database!: 'up' | 'down';

  /**
   * Without it no credentials are issued; changes are stored. `degraded`: one of its nodes does not answer, and the others do all work
   * @example "up"
   */
  minio!: 'up' | 'degraded' | 'down';

  /** The message broker of `AMQP_URL`, if this process uses one. Without it provisions wait, unless `AMQP_FALLBACK` lets the database's queue run them */
  broker?: 'up' | 'down';
}

/** Whether requests are answered. */
export class ReadinessDto {
  /**
   * `degraded`: a dependency does not answer, see `dependencies`
   * @example "ready"
   */
  status!: 'ready' | 'degraded' | 'unavailable';

  /** One entry per dependency */
  dependencies!: DependenciesDto;
}
