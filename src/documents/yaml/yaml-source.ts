import type { Json, Place } from '../model.js';

/** The way from the root of a document to one of its values: names of fields, and numbers of list items from 0. */
export type Path = readonly (string | number)[];

/** A file that was read: its values, and where each of them is. */
export class YamlSource {
  constructor(
    readonly file: string,
    readonly tree: Json,
    private readonly offsets: ReadonlyMap<string, { key: number; value: number }>,
    private readonly at: (offset: number) => { line: number; column: number },
  ) {}

  /** Where a value begins. For one that is not in the file: where the nearest value around it begins. */
  place(path: Path): Place {
    return this.find(path, 'value');
  }

  /** Where the name of a field is. For an item of a list: where the item begins. */
  placeOfKey(path: Path): Place {
    return this.find(path, 'key');
  }

  private find(path: Path, of: 'key' | 'value'): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const offsets = this.offsets.get(JSON.stringify(path.slice(0, length)));
      // around a value that is not there, the name of the field tells more than where its value begins
      if (offsets) return { file: this.file, ...this.at(length < path.length ? offsets.key : offsets[of]) };
    }
    return { file: this.file, line: 1, column: 1 };
  }
}
