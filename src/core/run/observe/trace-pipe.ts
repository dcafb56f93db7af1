import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { StemmaError } from '../../errors/index.ts';
import { findTool } from '../find-program.ts';
import type { ChildCommand } from '../wrapper.ts';

/** How long after the command its last descendants may go on before the record is closed. */
const GRACE_MS = 5000;

/**
 * A named pipe that the tracer writes its record into: nothing of it lies on the disk, and a tracer that is faster than we are
 * waits. It is open for reading before there is a writer.
 */
export class TracePipe {
  readonly path: string;
  readonly #socket: Socket;
  readonly #ended: Promise<unknown>;

  private constructor(path: string, onText: (text: string) => void) {
    this.path = path;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: unknown) => onText(String(text)));
    // A record that cannot be read on is one that is cut: what is missing shows at its end.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#ended = once(this.#socket, 'close');
  }

  /** @throws StemmaError TOOL_MISSING */
  static async open(path: string, { env }: ChildCommand, onText: (text: string) => void): Promise<TracePipe> {
    const mkfifo = findTool('mkfifo', { env });
    const { execa } = await import('execa');
    const made =
      mkfifo !== undefined &&
      !(await execa(mkfifo, ['-m', '600', path], { env: {}, extendEnv: false, reject: false })).failed;
    if (!made) {
      throw new StemmaError('TOOL_MISSING', '--observe needs mkfifo, and it was not found or does not work here', {
        hint: 'install coreutils, or leave --observe out',
      });
    }
    return new TracePipe(path, onText);
  }

  /**
   * Waits for the end of the record, which comes when the last traced process is gone.
   *
   * @returns whether it has come; otherwise a process has outlived the command, and what it does is not recorded
   */
  async close(): Promise<boolean> {
    // The end is told only after a writer: there was none where the tracer did not get as far.
    if (!this.#socket.destroyed) closeSync(openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), GRACE_MS);
    });
    const ended = await Promise.race([this.#ended.then(() => true), late]);
    clearTimeout(timer);
    this.destroy();
    return ended;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
