/** A change that is stored and that MinIO does not hold yet. */
export class PendingDto {
  /** False: it will be enforced as soon as MinIO answers */
  enforced!: boolean;
}
