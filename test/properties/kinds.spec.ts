import { Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { Kind, type ProvisionKind } from '../../src/provisioning/kinds/kind.js';
import { Kinds } from '../../src/provisioning/kinds/kinds.js';

class Input {}

function kind(name: string): Type<ProvisionKind> {
  class Made {
    subjectOf = () => 'nothing';
    validate = () => Promise.resolve();
    plan = () => Promise.resolve([]);
    apply = () => Promise.resolve({ operations: [] });
  }
  Kind(name, Input)(Made);
  return Made;
}

async function tableOf(lower: Type<ProvisionKind>[], higher: Type<ProvisionKind>[]): Promise<Kinds> {
  class Lower {}
  Module({ imports: [DiscoveryModule], providers: [Kinds, ...lower], exports: [Kinds] })(Lower);
  class Higher {}
  Module({ imports: [Lower], providers: higher })(Higher);
  const app = await NestFactory.createApplicationContext(Higher, { logger: false, abortOnError: false });
  return app.get(Kinds);
}

describe('the table of kinds', () => {
  it('finds the kinds of all modules', async () => {
    const user = kind('user');
    const kinds = await tableOf([kind('group'), user], [kind('data_product')]);
    expect(kinds.named('user')).toBeInstanceOf(user);
    expect(() => kinds.named('nothing')).toThrow('one of data_product, group, user');
  });

  it('refuses a second kind of a name, so that the start fails instead of one of them being ignored', async () => {
    await expect(tableOf([kind('user'), kind('group'), kind('user')], [])).rejects.toThrow('named user');
    await expect(tableOf([kind('user')], [kind('user')])).rejects.toThrow('named user');
  });
});
