/** Keywords of a play; what is not here is refused. */
export const PLAY_KEYWORDS: ReadonlySet<string> = new Set([
  ...['name', 'hosts', 'gather_facts', 'vars', 'environment', 'become', 'become_user', 'become_method'],
  ...['pre_tasks', 'tasks', 'post_tasks', 'handlers', 'serial', 'max_fail_percentage', 'any_errors_fatal'],
  ...['force_handlers', 'no_log', 'tags'],
]);

/** Keywords that a task and a block have. */
export const COMMON_KEYWORDS: ReadonlySet<string> = new Set([
  ...['name', 'when', 'vars', 'environment', 'become', 'become_user', 'become_method', 'ignore_errors'],
  ...['no_log', 'tags', 'notify', 'run_once', 'any_errors_fatal', 'throttle', 'timeout', 'check_mode'],
]);

/** Those of a task alone. */
export const TASK_KEYWORDS: ReadonlySet<string> = new Set([
  ...[
    'loop',
    'loop_control',
    'register',
    'changed_when',
    'failed_when',
    'until',
    'retries',
    'delay',
    'listen',
  ],
]);

export const BLOCK_KEYWORDS: ReadonlySet<string> = new Set(['block', 'rescue', 'always']);

/** Keywords whose values must be true or false: a template there would be known to the host only. */
export const FLAGS: ReadonlySet<string> = new Set([
  ...['become', 'gather_facts', 'ignore_errors', 'no_log', 'run_once', 'any_errors_fatal', 'force_handlers'],
]);

/** Keywords that hold an expression. */
export const CONDITIONS = ['when', 'changed_when', 'failed_when', 'until'] as const;

const WORKER = 'tasks are for the hosts of the step';
/** Why some of the others are refused, and what to use instead. */
export const REASONS: Readonly<Record<string, string>> = {
  action: 'write the whole name of the module, such as `ansible.builtin.copy`',
  local_action: WORKER,
  delegate_to: WORKER,
  delegate_facts: WORKER,
  connection: 'the step says how its hosts are reached',
  remote_user: 'the step says how its hosts are reached',
  port: 'the step says how its hosts are reached',
  roles: 'put the tasks into files, and use `import_tasks`',
  role: 'put the tasks into files, and use `import_tasks`',
  vars_files: 'use `vars`, or `variables` of the step',
  vars_prompt: 'use `variables` of the step',
  include_tasks: 'use `import_tasks`',
  import_role: 'use `import_tasks`',
  include_role: 'use `import_tasks`',
  include_vars: 'use `vars`, or `variables` of the step',
  import_playbook: 'put all plays into one file',
  async: 'a task ends before the next one begins',
  poll: 'a task ends before the next one begins',
  diff: 'the differences are what people approve',
  ignore_unreachable: 'a host that is not reached is tried again',
  module_defaults: 'give each module what it takes',
  collections: 'write whole names of modules',
};
