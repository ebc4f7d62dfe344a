/** Filters that only compute: none reads a file or the environment of the worker, runs a program, or takes the name of another filter. */
export const FILTERS: ReadonlySet<string> = new Set([
  ...['abs', 'b64decode', 'b64encode', 'basename', 'bool', 'capitalize', 'combine', 'comment'],
  ...[
    'd',
    'default',
    'dict2items',
    'difference',
    'dirname',
    'first',
    'flatten',
    'float',
    'from_json',
    'hash',
  ],
  ...[
    'human_readable',
    'human_to_bytes',
    'indent',
    'int',
    'intersect',
    'items2dict',
    'join',
    'last',
    'length',
  ],
  ...['list', 'lower', 'map', 'mandatory', 'max', 'min', 'password_hash', 'quote', 'regex_escape'],
  ...[
    'regex_findall',
    'regex_replace',
    'regex_search',
    'rejectattr',
    'replace',
    'reverse',
    'round',
    'selectattr',
  ],
  ...['sort', 'split', 'splitext', 'string', 'sum', 'symmetric_difference', 'ternary', 'title', 'to_json'],
  ...['to_nice_json', 'to_nice_yaml', 'to_uuid', 'to_yaml', 'trim', 'type_debug', 'union', 'unique', 'upper'],
  ...['urlencode', 'zip'],
]);

/** Tests that only compare: none looks at a file of the worker. */
export const TESTS: ReadonlySet<string> = new Set([
  ...['all', 'any', 'boolean', 'changed', 'contains', 'defined', 'divisibleby', 'eq', 'equalto', 'even'],
  ...['failed', 'false', 'falsy', 'float', 'ge', 'greaterthan', 'gt', 'in', 'integer', 'iterable', 'le'],
  ...['lessthan', 'lower', 'lt', 'mapping', 'match', 'ne', 'none', 'number', 'odd', 'regex', 'search'],
  ...['sequence', 'skipped', 'string', 'subset', 'succeeded', 'success', 'superset', 'true', 'truthy'],
  ...['undefined', 'unreachable', 'upper', 'version'],
]);

/** The modules that are allowed; undefined: any, because only a worker knows which. */
export type Allowed = ReadonlySet<string> | undefined;

/** The modules that a playbook may use if the administrator names none. They change nothing on a host. */
export const DEFAULT_MODULES: ReadonlySet<string> = new Set(
  ['assert', 'debug', 'fail', 'ping', 'set_fact', 'setup', 'stat'].map((name) => `ansible.builtin.${name}`),
);

const ACT_ON_HOSTS = [
  ...['apt', 'apt_key', 'apt_repository', 'assemble', 'assert', 'blockinfile', 'command', 'copy', 'cron'],
  ...['deb822_repository', 'debconf', 'debug', 'dnf', 'dnf5', 'dpkg_selections', 'fail', 'file', 'find'],
  ...[
    'get_url',
    'getent',
    'git',
    'group',
    'hostname',
    'iptables',
    'known_hosts',
    'lineinfile',
    'mount_facts',
  ],
  ...['package', 'package_facts', 'ping', 'pip', 'raw', 'reboot', 'replace', 'rpm_key', 'service'],
  ...['service_facts', 'set_fact', 'setup', 'shell', 'slurp', 'stat', 'subversion', 'systemd'],
  ...['systemd_service', 'sysvinit', 'tempfile', 'unarchive', 'uri', 'user', 'wait_for'],
  ...['wait_for_connection', 'yum_repository'],
];

/**
 * The modules of Ansible itself that an administrator may allow. They act on hosts. The others read or write files of the worker, change the
 * inventory, or bring in what was not checked.
 */
export const ALLOWABLE_BUILTINS: ReadonlySet<string> = new Set(
  ACT_ON_HOSTS.map((name) => `ansible.builtin.${name}`),
);

/** Whole names: `ansible.builtin.copy`. */
export const MODULE_NAME = /^[a-z0-9_]+\.[a-z0-9_]+(\.[a-z0-9_]+)+$/;

/** Whether an administrator may allow a module: of a collection any, because whoever installs it answers for it. */
export function isAllowable(module: string): boolean {
  if (!MODULE_NAME.test(module) || module.startsWith('ansible.legacy.')) return false;
  return !module.startsWith('ansible.builtin.') || ALLOWABLE_BUILTINS.has(module);
}
