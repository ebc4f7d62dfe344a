/** One item of a requested order plan. */
export interface PlanItemRequest {
  kind: string;
  input: object;
  stage: number;
  hard: boolean;
}

/** A request for an order plan. */
export interface PlanRequest {
  /** What the caller calls the order. */
  order?: string | undefined;
  /** Where the end is told. */
  callback?: string | null | undefined;
  items: readonly PlanItemRequest[];
  idempotencyKey?: string | undefined;
}
