import { randomUUID } from 'node:crypto';
import { request, WebSocket } from 'undici';
import type { NotebookServer } from './hub.js';

interface Cell {
  output: string;
  error?: string;
  /** What a notebook shows of the error. */
  shown?: string[];
  replied?: boolean;
  idle?: boolean;
  done(cell: Cell): void;
}

/** A Python kernel in a notebook server, spoken to as a browser does: over a websocket, in Jupyter's message protocol. */
export class Kernel {
  private readonly cells = new Map<string, Cell>();

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => this.receive(JSON.parse(String(data))));
    socket.addEventListener('close', () => {
      for (const cell of this.cells.values())
        cell.done({ ...cell, error: 'the connection to the kernel ended' });
    });
  }

  static async start({ url, token }: NotebookServer): Promise<Kernel> {
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
    const answer = await request(`${url}/api/kernels`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: 'python3' }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 201) throw new Error(`no kernel: ${answer.statusCode} ${text}`);
    const channels = `${url.replace('http', 'ws')}/api/kernels/${JSON.parse(text).id}/channels`;
    const socket = new WebSocket(channels, { headers: { authorization: headers.authorization } });
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', ({ message }) => reject(new Error(`no websocket: ${message}`)));
    });
    return new Kernel(socket);
  }

  /** Runs a cell; what it printed. Throws what it raised. */
  async run(code: string): Promise<string> {
    const cell = await this.execute(code);
    if (cell.error !== undefined) throw new Error(`${cell.error}\nin the cell\n${code}`);
    return cell.output.trim();
  }

  /** Runs a cell and parses the JSON that it printed. */
  async json(code: string): Promise<any> {
    return JSON.parse(await this.run(code));
  }

  /** Runs a cell that fails; what a notebook shows of that. */
  async failure(code: string): Promise<string> {
    return (await this.execute(code)).shown?.join('\n') ?? 'it did not fail';
  }

  close(): void {
    this.socket.close();
  }

  private async execute(code: string): Promise<Cell> {
    const id = randomUUID();
    const cell = await new Promise<Cell>((done) => {
      this.cells.set(id, { output: '', done });
      this.socket.send(JSON.stringify(execution(id, code)));
    });
    this.cells.delete(id);
    return cell;
  }

  private receive(message: any): void {
    const cell = this.cells.get(message.parent_header?.msg_id);
    if (!cell) return;
    const { header, content } = message;
    if (header.msg_type === 'stream') cell.output += content.text;
    if (header.msg_type === 'error') {
      cell.error = `${content.ename}: ${content.evalue}`;
      cell.shown = content.traceback;
    }
    if (header.msg_type === 'execute_reply') cell.replied = true;
    if (header.msg_type === 'status' && content.execution_state === 'idle') cell.idle = true;
    if (cell.replied && cell.idle) cell.done(cell);
  }
}

function execution(id: string, code: string): object {
  return {
    header: {
      msg_id: id,
      msg_type: 'execute_request',
      username: '',
      session: 'tests',
      version: '5.3',
      date: '',
    },
    parent_header: {},
    metadata: {},
    channel: 'shell',
    content: { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false },
    buffers: [],
  };
}
