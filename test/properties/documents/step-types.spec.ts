import { Ajv2020 } from 'ajv/dist/2020.js';
import { STEP_TYPES } from '../../../src/documents/step-types/catalogue.js';

const types = [...STEP_TYPES.values()];
const ajv = new Ajv2020({ strict: true });

describe('the catalogue of step types', () => {
  it.each(types)('$name: its example is valid, and an unknown field is refused', ({ input, example }) => {
    const validate = ajv.compile(input);
    expect([validate(structuredClone(example)), validate.errors]).toEqual([true, null]);
    expect(validate({ ...structuredClone(example), surprise: 1 })).toBe(false);
  });

  it.each(types)(
    '$name: its outputs are described by schemas, and none is called a secret',
    ({ outputs }) => {
      for (const [name, schema] of Object.entries(outputs)) {
        expect(() => ajv.compile(schema)).not.toThrow();
        expect(name).not.toMatch(/secret|password|token/);
      }
    },
  );

  it.each(types)('$name: says what plan, apply and undo do, and which names its example touches', (type) => {
    for (const sentence of [type.description, type.plan, type.apply, type.undo ?? 'Nothing.'])
      expect(sentence).toMatch(/^[A-Z].*\.$/s);
    for (const { name } of type.touches(type.example)) expect(name).not.toBe('');
  });
});
