import fc from 'fast-check';
import { playbookProblems } from '../../../src/documents/ansible/read-playbook.js';
import { ALLOWABLE_BUILTINS, DEFAULT_MODULES, isAllowable } from '../../../src/documents/ansible/plugins.js';

const ALL = new Set([...ALLOWABLE_BUILTINS, 'community.general.ini_file']);
const play = (task: object, more: object = {}) => [{ hosts: 'all', tasks: [task], ...more }];
const broken = (
  plays: unknown,
  modules: ReadonlySet<string> | undefined = ALL,
  hosts?: ReadonlySet<string>,
) =>
  playbookProblems(plays as any, { modules, ...(hosts && { hosts }) }).map(({ at, rule }) => `${at} ${rule}`);
const debug = (more: object = {}) => ({ 'ansible.builtin.debug': { msg: 'x' }, ...more });
const copy = (args: object) => ({ 'ansible.builtin.copy': { dest: '/x', ...args } });
const PIPE = "{{ lookup('pipe', 'id') }}";

describe('a playbook', () => {
  it('of known modules is read', () => {
    const plays = [
      {
        name: 'Web',
        hosts: ['web', 'db-1.example.org'],
        become: true,
        vars: { port: 80, list: ['{{ a }}'] },
        gather_facts: true,
        serial: '30%',
        tasks: [
          { name: 'Say {{ port }}', ...debug({ when: ['a is defined', true], register: 'said' }) },
          {
            block: [copy({ content: '{{ text }}', mode: '0644' })],
            rescue: [debug()],
            when: 'said is changed',
          },
          { 'ansible.builtin.file': { path: '/x', src: '/y', state: 'link' }, loop: '{{ list }}' },
          { 'ansible.builtin.meta': 'flush_handlers' },
          {
            'community.general.ini_file': { path: '/x', src: 'y' },
            notify: 'Restart',
            loop_control: { loop_var: 'one' },
          },
          { 'ansible.builtin.unarchive': { src: '/a.tar', remote_src: true, dest: '/x' }, check_mode: true },
          { 'ansible.builtin.assert': { that: ['a == 1'] }, until: 'said is success', retries: 3 },
        ],
        handlers: [{ name: 'Restart', 'ansible.builtin.service': { name: 'x', state: 'restarted' } }],
      },
    ];
    expect(broken(plays)).toEqual([]);
    expect(broken(plays, ALL, new Set(['web', 'db-1.example.org']))).toEqual([]);
    expect(broken(plays, ALL, new Set(['web'])).join()).toContain('names db-1.example.org, which is no host');
    expect(broken(plays, DEFAULT_MODULES).join()).toContain(
      '`ansible.builtin.copy`: it is not among ANSIBLE_MODULES',
    );
  });

  it.each<[string, unknown, string]>([
    ['a lookup', play(debug({ name: PIPE })), 'must not use `lookup`'],
    ['one in a condition', play(debug({ when: "lookup('pipe', 'id')" })), 'must not use `lookup`'],
    ['one in a list of conditions', play(debug({ until: ['a', "q('pipe', 'id')"] })), 'must not use `q`'],
    ['one in what is asserted', play({ 'ansible.builtin.assert': { that: ["q('x')"] } }), 'must not use `q`'],
    [
      'one in what is shown',
      play({ 'ansible.builtin.debug': { var: "lookup('x')" } }),
      'must not use `lookup`',
    ],
    ['one in a variable', play(debug(), { vars: { a: [{ b: PIPE }] } }), 'must not use `lookup`'],
    ['one in a block', play({ block: [debug()], name: PIPE }), 'must not use `lookup`'],
    [
      'one in a handler',
      play(debug(), { handlers: [debug({ environment: { A: PIPE } })] }),
      'must not use `lookup`',
    ],
    [
      'one in the name of a fact',
      play({ 'ansible.builtin.set_fact': { [PIPE]: 1 } }),
      'template as the name of a field',
    ],
    ['with_pipe', play(debug({ with_pipe: 'id' })), 'use `loop`'],
    ['with_items', play(debug({ with_items: [1] })), 'use `loop`'],
    ['the worker', play(debug(), { hosts: 'localhost:all' }), 'must be names of hosts'],
    ['a pattern', play(debug(), { hosts: '~.*' }), 'must be names of hosts'],
    ['hosts from a template', play(debug(), { hosts: '{{ a }}' }), 'must be names of hosts'],
    ['no hosts', [{ tasks: [] }], 'must be names of hosts'],
    ['a connection', play(debug(), { connection: 'local' }), 'must not have `connection`'],
    ['one of a task', play(debug({ connection: 'local' })), 'must not have `connection`'],
    ['another host', play(debug({ delegate_to: 'localhost' })), 'must not have `delegate_to`'],
    [
      'a local action',
      play({ local_action: { module: 'ansible.builtin.command' } }),
      'must not have `local_action`',
    ],
    ['an action', play({ action: 'ansible.builtin.command id' }), 'must not have `action`'],
    [
      'how a host is reached',
      play(debug({ vars: { ansible_connection: 'local' } })),
      'must not set the variable',
    ],
    [
      'a fact of Ansible',
      play({ 'ansible.builtin.set_fact': { ansible_host: 'x' } }),
      'must not set the variable',
    ],
    [
      'one in other letters',
      play(debug({ vars: { Ansible_connection: 'local' } })),
      'must not set the variable',
    ],
    ['a result of that name', play(debug({ register: 'ansible_host' })), 'must be the name of a variable'],
    [
      'a loop with that name',
      play(debug({ loop: [1], loop_control: { loop_var: 'ansible_host' } })),
      'name of a variable',
    ],
    ['a strategy', play(debug(), { strategy: 'debug' }), 'must not have `strategy`'],
    ['roles', play(debug(), { roles: ['x'] }), 'use `import_tasks`'],
    ['questions', play(debug(), { vars_prompt: [] }), 'must not have `vars_prompt`'],
    ['files of variables', play(debug(), { vars_files: ['/etc/passwd'] }), 'must not have `vars_files`'],
    ['another playbook', [{ import_playbook: 'x.yml' }], 'put all plays into one file'],
    ['files of tasks', play({ include_tasks: 'x.yml' }), 'use `import_tasks`'],
    ['what runs on', play(debug({ async: 10, poll: 0 })), 'must not have `async`'],
    ['what a plan would run', play(debug({ check_mode: false })), 'a plan changes nothing'],
    ['that from a template', play(debug({ check_mode: '{{ a }}' })), 'a plan changes nothing'],
    ['what a plan would hide', play(debug({ diff: false })), 'must not have `diff`'],
    [
      'what only a run does',
      play(debug({ when: 'not ansible_check_mode' })),
      'must not use `ansible_check_mode`',
    ],
    ['a short name', play({ copy: { dest: '/x' } }), 'must not have `copy`'],
    ['the old names', play({ 'ansible.legacy.command': {} }), 'must not use `ansible.legacy.command`'],
    ['two modules', play({ ...debug(), ...copy({}) }), 'must have one module'],
    ['none', play({ name: 'x' }), 'must have one module'],
    ['free words', play({ 'ansible.builtin.command': 'id' }), 'must be a mapping'],
    ['arguments from a template', play({ 'ansible.builtin.copy': '{{ a }}' }), 'must be a mapping'],
    ['a file of the worker', play(copy({ src: '/etc/shadow' })), 'must not name a file of the worker'],
    ['one, perhaps', play(copy({ src: '/x', remote_src: '{{ a }}' })), 'must not name a file of the worker'],
    ['an archive', play({ 'ansible.builtin.unarchive': { src: '/x', dest: '/y' } }), 'must not name a file'],
    ['parts of the worker', play({ 'ansible.builtin.assemble': { dest: '/y' } }), 'needs `remote_src: true`'],
    [
      'another module inside',
      play({ 'ansible.builtin.package': { name: 'x', use: 'ansible.builtin.shell' } }),
      'is not taken',
    ],
    ['programs for facts', play({ 'ansible.builtin.setup': { fact_path: '/tmp' } }), 'is not taken'],
    [
      'files in a form',
      play({ 'ansible.builtin.uri': { url: 'x', body_format: 'form-multipart' } }),
      'must be raw, json',
    ],
    ['a number as a mode', play(copy({ content: '', mode: 644 })), "such as '0644'"],
    ['a flag from a template', play(debug({ become: '{{ a }}' })), 'must be true or false'],
    ['become by a program', play(debug({ become_method: 'x' })), 'must be sudo or su'],
    ['become with flags', play(debug({ become_flags: '-x' })), 'must not have `become_flags`'],
    ['a value of Ansible', play(debug({ vars: { a: { __ansible_vault: 'x' } } })), '`__ansible_vault`'],
    ['meta with a template', play({ 'ansible.builtin.meta': '{{ a }}' }), 'must be one of'],
    ['meta that reads again', play({ 'ansible.builtin.meta': 'refresh_inventory' }), 'must be one of'],
    ['words for a condition', play(debug({ when: '{{ a }}' })), 'no braces'],
    ['a list as a task', play([]), 'must be a task'],
  ])('with %s is refused', (_, plays, rule) => {
    expect(broken(plays).join('\n')).toContain(rule);
  });

  it.each([
    'add_host',
    'group_by',
    'script',
    'template',
    'fetch',
    'include_vars',
    'include_tasks',
    'import_role',
    'pause',
    'async_status',
  ])('never uses ansible.builtin.%s, also if it were allowed', (name) => {
    const module = `ansible.builtin.${name}`;
    expect(isAllowable(module)).toBe(false);
    expect(broken(play({ [module]: {} }), new Set([module])).join()).toContain(`must not use \`${module}\``);
  });

  it('with something refused at any depth is refused', () => {
    const bad = fc.constantFrom<object>(
      ...[
        debug({ name: PIPE }),
        { 'ansible.builtin.script': {} },
        debug({ delegate_to: 'x' }),
        copy({ src: '/x' }),
      ],
      ...[debug({ check_mode: false }), debug({ vars: { ansible_host: 'x' } }), debug({ when: 'a.b()' })],
    );
    const around = fc.constantFrom<(task: object) => object>(
      (task) => ({ block: [debug(), task] }),
      (task) => ({ block: [debug()], rescue: [task] }),
      (task) => ({ block: [debug()], always: [task], when: 'a' }),
    );
    const list = fc.constantFrom('tasks', 'pre_tasks', 'post_tasks', 'handlers');
    fc.assert(
      fc.property(bad, fc.array(around, { maxLength: 5 }), list, (task, layers, where) => {
        const nested = layers.reduce((inner, layer) => layer(inner), task);
        expect(broken([{ hosts: 'all', tasks: [debug()], [where]: [debug(), nested] }])).not.toEqual([]);
      }),
    );
  });

  it('never stops a check: any JSON is read or refused', () => {
    const place = fc.constantFrom('hosts', 'tasks', 'vars', 'handlers', 'serial', 'environment', 'become');
    fc.assert(
      fc.property(fc.jsonValue(), place, (value, at) => {
        expect(Array.isArray(broken([{ hosts: 'all', [at]: value }]))).toBe(true);
        expect(
          Array.isArray(broken([{ hosts: 'all', tasks: [{ [at]: value }, value, debug({ [at]: value })] }])),
        ).toBe(true);
        expect(Array.isArray(broken(value))).toBe(true);
      }),
    );
  });
});
