import { Imports } from '../../../src/documents/ansible/imports.js';

const debug = { 'ansible.builtin.debug': { msg: 'x' } };
function imported(task: object, files: Record<string, unknown>, list = 'tasks') {
  const refused: string[] = [];
  const imports = new Imports(
    (path) => files[path] as any,
    (at, rule) => void refused.push(`${at} ${rule}`),
  );
  const [play] = imports.inPlays([{ hosts: 'all', [list]: [task] }] as any, 'playbooks/site.yml') as any[];
  return { tasks: play[list], refused };
}

describe('files that a playbook imports', () => {
  it('stand in their places, with what the import says of them', () => {
    const files = {
      'playbooks/tasks/a.yml': [debug, { import_tasks: 'b.yml' }],
      'playbooks/tasks/b.yml': [{ name: 'b', ...debug }],
    };
    const plain = imported({ name: 'All', import_tasks: './tasks/a.yml' }, files);
    expect(plain).toEqual({ tasks: [debug, { name: 'b', ...debug }], refused: [] });
    const when = imported({ 'ansible.builtin.import_tasks': { file: 'tasks/b.yml' }, when: 'a' }, files);
    expect(when.tasks).toEqual([{ when: 'a', block: [{ name: 'b', ...debug }] }]);
    const inBlock = imported({ block: [{ import_tasks: 'tasks/b.yml' }] }, files);
    expect(inBlock.tasks).toEqual([{ block: [{ name: 'b', ...debug }] }]);
  });

  it.each([
    ...[
      '../x.yml',
      '/etc/x.yml',
      'a/../../x.yml',
      '{{ a }}.yml',
      'x.sh',
      './../x.yml',
      '',
      '.hidden/x.yml',
      'a//b.yml',
    ],
  ])('are not at %j', (path) => {
    expect(imported({ import_tasks: path }, {}).refused.join()).toContain('below its own folder');
  });

  it('are refused if they are none, import each other without an end, or have conditions for handlers', () => {
    expect(imported({ import_tasks: 'none.yml' }, {}).refused.join()).toContain('is no file of the provider');
    expect(imported({ import_tasks: 'a.yml' }, { 'playbooks/a.yml': { a: 1 } }).refused.join()).toContain(
      'a list',
    );
    const loop = { 'playbooks/a.yml': [{ import_tasks: 'a.yml' }, { import_tasks: 'a.yml' }] };
    expect(imported({ import_tasks: 'a.yml' }, loop).refused.join()).toContain('too deep');
    const handlers = { 'playbooks/a.yml': [debug] };
    expect(imported({ import_tasks: 'a.yml', when: 'a' }, handlers, 'handlers').refused.join()).toContain(
      'for handlers',
    );
    expect(imported({ import_tasks: 'a.yml' }, handlers, 'handlers').refused).toEqual([]);
  });
});
