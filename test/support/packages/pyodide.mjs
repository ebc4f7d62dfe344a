// Runs Python's code, from standard input, on the Python of a Pyodide: `node pyodide.mjs PYODIDE FOLDER`, with the folder's files at /src.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [, , pyodide, folder] = process.argv;
const { loadPyodide } = createRequire(import.meta.url)(join(pyodide, 'pyodide.js'));
const python = await loadPyodide({ indexURL: `${pyodide}/` });
python.FS.mkdir('/src');
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, '/src');
python.runPython(readFileSync(0, 'utf8'));
