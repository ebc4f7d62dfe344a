import type { CheckDto } from '../doctor.dto.js';

/** What was found and what to do about it. */
export type Finding = Omit<CheckDto, 'name'>;

/** One thing to look at, by name. A check changes nothing. */
export type Check = [name: string, examine: () => Promise<Finding>];

/** Checks of one topic. */
export interface Checks {
  /** In the order in which they are shown. */
  list(): Check[];
}

export function ok(detail: string): Finding {
  return { verdict: 'ok', detail, remedy: '' };
}

/** Makes one check; a check that cannot be made is a finding too. */
export async function run([name, examine]: Check): Promise<CheckDto> {
  try {
    return { name, ...(await examine()) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure';
    return {
      name,
      verdict: 'failed',
      detail: `No answer: ${reason}`,
      remedy: 'See that it runs and that the configured address is right',
    };
  }
}
