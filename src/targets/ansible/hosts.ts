/** A host as a step names it. */
export interface AnsibleHost {
  name: string;
  address?: string;
  port?: number;
  user: string;
  host_key: string;
  python?: string;
  groups?: string[];
}

/** The name of the worker, if it is the host. */
export const WORKER = 'localhost';
/** Ansible takes a host of these names for the worker. */
export const WORKER_NAMES: ReadonlySet<string> = new Set([WORKER, '127.0.0.1', '::1']);

/** The names that plays may name: hosts and groups. */
export function namesOf(hosts: readonly AnsibleHost[] | undefined): Set<string> {
  return new Set(hosts ? hosts.flatMap(({ name, groups = [] }) => [name, ...groups]) : [WORKER]);
}

/** The inventory, in a form that Ansible reads. Undefined: the worker. */
export function inventoryOf(hosts: readonly AnsibleHost[] | undefined): object {
  if (!hosts) {
    const own = { ansible_connection: 'local', ansible_python_interpreter: '{{ ansible_playbook_python }}' };
    return { all: { hosts: { [WORKER]: own } } };
  }
  const groups = [...new Set(hosts.flatMap(({ groups: own = [] }) => own))];
  const inside = (group: string) =>
    Object.fromEntries(
      hosts.flatMap(({ name, groups: own = [] }) => (own.includes(group) ? [[name, {}]] : [])),
    );
  return {
    all: {
      hosts: Object.fromEntries(hosts.map((host) => [host.name, varsOf(host)])),
      children: Object.fromEntries(groups.map((group) => [group, { hosts: inside(group) }])),
    },
  };
}

function varsOf({ name, address = name, port = 22, user, python = 'auto_silent' }: AnsibleHost): object {
  return {
    ...{
      ansible_connection: 'ansible.builtin.ssh',
      ansible_host: address,
      ansible_port: port,
      ansible_user: user,
    },
    ansible_python_interpreter: python,
  };
}

/** The keys of the hosts, as ssh reads them: no other host is talked to. */
export function knownHosts(hosts: readonly AnsibleHost[] = []): string {
  return hosts
    .map(({ name, address = name, port = 22, host_key: key }) => {
      const place = address.toLowerCase();
      return `${port === 22 ? place : `[${place}]:${port}`} ${key}\n`;
    })
    .join('');
}
