import { ValidateBy } from 'class-validator';
import { Optional } from '../../common/http/validation.js';

const isScore = (value: unknown): boolean =>
  typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value));

/** A field with a Score file, as text or as an object. */
export function ScoreField(): PropertyDecorator {
  const text = { type: 'string' } as const;
  const object = { type: 'object', additionalProperties: true } as const;
  const optional = Optional({ type: undefined as never, anyOf: [text, object] });
  // the name tells that a wrong type is a 400
  const check = ValidateBy({
    name: 'isString',
    validator: {
      validate: isScore,
      defaultMessage: () => '$property must be the text of a Score file, or an object',
    },
  });
  return (target, key) => {
    optional(target, key);
    check(target, key);
  };
}

/** The text of a Score file. Of an object, lines and columns are those of its JSON with two spaces a level. */
export function scoreText(score: string | object | undefined): string | undefined {
  return typeof score === 'object' ? JSON.stringify(score, null, 2) : score;
}
