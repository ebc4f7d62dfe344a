import type { CheckDto } from '../doctor.dto.js';

/** The result of a check and how to fix it. */
export type Finding = Omit<CheckDto, 'name'>;

/** A named check. It changes nothing. */
export type Check = [name: string, examine: () => Promise<Finding>];

/** Checks on one topic. */
export interface Checks {
  /** In display order. */
  list(): Check[];
}

export function ok(detail: string): Finding {
  return { verdict: 'ok', detail, remedy: '' };
}

/** What the configuration does not use is neither well nor in trouble. */
export function notConfigured(detail: string): Finding {
  return { verdict: 'not_configured', detail, remedy: '' };
}

/** Runs one check. A check that cannot run is reported as a failed finding. */
export async function run([name, examine]: Check): Promise<CheckDto> {
  try {
    return { name, ...(await examine()) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown failure';
    return {
      name,
      verdict: 'failed',
      detail: `No answer: ${reason}`,
      remedy: 'Make sure that it is running and that the configured address is right',
    };
  }
}
