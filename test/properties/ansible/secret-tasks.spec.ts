import { hideSecrets } from '../../../src/documents/ansible/secret-tasks.js';

const debug = (more: object = {}) => ({ 'ansible.builtin.debug': { msg: 'x' }, ...more });
const copy = (args: object) => ({ 'ansible.builtin.copy': { dest: '/x', ...args } });

describe('tasks that use a secret', () => {
  const hidden = (plays: object[], names = ['token']) => JSON.stringify(hideSecrets(plays as any, names));

  it('are hidden, with those that use what was made of it, and no others', () => {
    const tasks = [
      copy({ content: 'x\n{{ token }}' }),
      { 'ansible.builtin.set_fact': { made: '{{ token | b64encode }}' } },
      debug({ when: 'made is defined', register: 'told' }),
      { block: [debug({ loop: ['{{ told }}'] })] },
      copy({ content: '{{ tokens }}' }),
      debug(),
    ];
    const [play] = hideSecrets([{ hosts: 'all', tasks } as any], ['token']) as any[];
    expect(play.tasks.map(({ no_log, block }: any) => no_log ?? block?.[0].no_log ?? false)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(play.no_log).toBeUndefined();
  });

  it('are hidden if the play gives it to them', () => {
    expect(hidden([{ hosts: 'all', environment: { T: '{{ token }}' }, tasks: [debug()] }])).toContain(
      '"no_log":true',
    );
    expect(hidden([{ hosts: 'all', vars: { t: '{{ token }}' }, tasks: [debug()] }])).not.toContain('no_log');
    expect(
      hidden([{ hosts: 'all', vars: { t: '{{ token }}' }, tasks: [debug({ name: '{{ t }}' })] }]),
    ).toContain('no_log');
    const chain = { w: '{{ u }}', u: '{{ t }}', t: '{{ token }}' };
    expect(hidden([{ hosts: 'all', vars: chain, tasks: [debug({ name: '{{ w }}' })] }])).toContain('no_log');
    expect(hidden([{ hosts: 'all', tasks: [debug({ no_log: true })] }], [])).toContain('no_log');
  });
});
