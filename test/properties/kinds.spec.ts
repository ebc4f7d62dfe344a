import type { ProvisionKind } from '../../src/provisioning/kinds/kind.js';
import { Kinds } from '../../src/provisioning/kinds/kinds.js';

const kind = (name: string) => ({ name }) as ProvisionKind;

describe('the table of kinds', () => {
  it('refuses a second kind of a name, so that the start fails instead of one of them being ignored', () => {
    expect(() => new Kinds([kind('user'), kind('group'), kind('user')])).toThrow('named user');
    const kinds = new Kinds([kind('user')]);
    expect(() => kinds.add(kind('user'))).toThrow('named user');
    kinds.add(kind('group'));
    expect(kinds.names).toEqual(['user', 'group']);
  });
});
