/** Step types that documents may name and this release does not carry out: any input is taken, and a run is refused. */
export const LATER_STEP_TYPES: ReadonlySet<string> = new Set();
