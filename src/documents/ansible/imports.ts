import type { Json, JsonObject } from '../model.js';
import { isObject } from '../reader.js';
import type { Refuse } from './texts.js';

/** How deep files may import each other, and how many imports a playbook has. */
const MAX_DEPTH = 5;
const MAX_IMPORTS = 50;
const IMPORTS = ['import_tasks', 'ansible.builtin.import_tasks'];
const FILE = /^(\.\/)?([A-Za-z0-9_][A-Za-z0-9._-]{0,99}\/){0,5}[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\.ya?ml$/;
const BLOCKS = ['block', 'rescue', 'always'];

/** The value of a file at a path of the provider; undefined: there is none, or it cannot be read. */
export type ReadFile = (path: string) => Json | undefined;

/** Puts the tasks of imported files into their places: what Ansible gets is one text, and all of it was checked. */
export class Imports {
  private count = 0;

  constructor(
    private readonly read: ReadFile,
    private readonly refuse: Refuse,
  ) {}

  /** `file` is the one that the plays are in: imports are told from its folder. */
  inPlays(plays: Json, file: string): Json {
    if (!Array.isArray(plays)) return plays;
    return plays.map((play) => {
      if (!isObject(play)) return play;
      const lists = Object.entries(play).map(([name, each]): [string, Json] => {
        if (name === 'handlers') return [name, this.inTasks(each, file, 0, true)];
        return [name, /tasks$/.test(name) ? this.inTasks(each, file, 0) : each];
      });
      return Object.fromEntries(lists);
    });
  }

  private inTasks(tasks: Json, file: string, depth: number, isPlain = false): Json {
    if (!Array.isArray(tasks)) return tasks;
    return tasks.flatMap((task): Json[] => {
      if (!isObject(task)) return [task];
      const name = IMPORTS.find((each) => each in task);
      if (name !== undefined) return this.imported(task, name, file, depth, isPlain);
      const inner = Object.entries(task).map(([key, each]): [string, Json] => [
        key,
        BLOCKS.includes(key) ? this.inTasks(each, file, depth + 1) : each,
      ]);
      return [Object.fromEntries(inner)];
    });
  }

  private imported(task: JsonObject, name: string, file: string, depth: number, isPlain: boolean): Json[] {
    const { [name]: given, ...others } = task;
    const named = isObject(given) && Object.keys(given).length === 1 ? given.file : given;
    const problem = this.problemOf(named, depth);
    if (problem !== undefined || typeof named !== 'string') {
      this.refuse(file, problem ?? `has an ${name} without a file`);
      return [];
    }
    const path = `${file.slice(0, file.lastIndexOf('/') + 1)}${named.replace(/^\.\//, '')}`;
    const found = this.read(path);
    if (found === undefined) {
      this.refuse(file, `imports \`${path}\`, which is no file of the provider`);
      return [];
    }
    const tasks = this.inTasks(found, path, depth + 1, isPlain);
    if (!Array.isArray(tasks)) this.refuse(path, 'must be a list of tasks');
    const isBare = Object.keys(others).every((key) => key === 'name');
    if (isBare && Array.isArray(tasks)) return tasks;
    if (isPlain) this.refuse(file, `imports \`${path}\` for handlers, which takes nothing but a name`);
    return [{ ...others, block: tasks }];
  }

  private problemOf(named: Json | undefined, depth: number): string | undefined {
    this.count += 1;
    if (typeof named !== 'string' || !FILE.test(named))
      return 'imports what is no file below its own folder, told by a plain name *.yml';
    if (this.count > MAX_IMPORTS) return `has more than ${MAX_IMPORTS} imports`;
    return depth >= MAX_DEPTH ? 'imports files that import others too deep' : undefined;
  }
}
