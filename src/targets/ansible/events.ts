/** What happened in one task on one host, as the callback plugin tells it. */
export interface TaskEvent {
  status: 'ok' | 'skipped' | 'failed' | 'unreachable';
  host: string;
  task: string;
  /** The module. */
  action: string;
  changed: boolean;
  /** It failed, and the playbook says that this does not matter. */
  ignored: boolean;
  /** `no_log`: nothing may be told but that it changes something. */
  hidden: boolean;
  /** The module cannot look ahead. */
  unpredictable: boolean;
  diff: unknown[];
  message: string;
}

const STATES = new Set(['ok', 'skipped', 'failed', 'unreachable']);

/** The events in what Ansible wrote. Other lines are its own words. */
export function eventsIn(output: string): TaskEvent[] {
  return output.split('\n').flatMap((line): TaskEvent[] => {
    if (!line.startsWith('{')) return [];
    try {
      const event = JSON.parse(line) as TaskEvent;
      return STATES.has(event.status) && typeof event.host === 'string' ? [event] : [];
    } catch {
      return [];
    }
  });
}
