/**
 * A thread that answers orders, one after the other, and the two ends of the line to it. SQLite holds up the thread that
 * asks it, so what may take long is asked on threads.
 */
import { parentPort, Worker } from 'node:worker_threads';

/** The compiled files of threads, beside this one when this one is compiled too; threads cannot run TypeScript. */
const COMPILED = new URL(import.meta.url.endsWith('.ts') ? '../../../dist/store/sqlite/' : './', import.meta.url);

/** An error on its way to another thread: a copy of the error itself loses its code. */
export interface Failure {
  name: string;
  message: string;
  code: string | undefined;
  /** Prisma's own errors say there what is wrong. */
  cause: unknown;
}

type Reply<Answer> = { answer: Answer } | { failure: Failure };

interface ThreadOptions {
  /** The compiled file that the thread runs, such as `readerWorker.js`. */
  file: string;
  name: string;
  /** The `workerData` of the thread. */
  data?: unknown;
}

interface Asked<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** A worker that answers orders one after the other. When it ends by itself, open orders fail, and the owner is told. */
export class Thread<Order, Answer> {
  readonly #worker: Worker;
  readonly #asked: Asked<Answer>[] = [];
  #error: unknown = null;
  #hasEnded = false;
  /** Called once when the thread has ended: with its error, or null when it was asked to end. */
  onEnd: (error: unknown) => void = () => {};

  constructor({ file, name, data }: ThreadOptions) {
    this.#worker = new Worker(new URL(file, COMPILED), { workerData: data, execArgv: [], name });
    this.#worker.on('message', (reply: Reply<Answer>) => this.#hear(reply));
    this.#worker.on('error', (error) => {
      this.#error = error;
    });
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
      for (const { reject } of this.#asked.splice(0)) reject(this.#ended());
      this.onEnd(this.#error);
    });
    // A thread that has nothing to do does not keep the process.
    this.#worker.unref();
  }

  /** Rejects with what the thread throws, and when the thread ends before it has answered. */
  ask(order: Order): Promise<Answer> {
    if (this.#hasEnded) return Promise.reject(this.#ended());
    return new Promise((resolve, reject) => {
      if (this.#asked.push({ resolve, reject }) === 1) this.#worker.ref();
      this.#worker.postMessage(order);
    });
  }

  /** Ends the thread in the middle of whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ended(): unknown {
    return this.#error ?? new Error('The thread has ended.');
  }

  #hear(reply: Reply<Answer>): void {
    const asked = this.#asked.shift();
    if (this.#asked.length === 0) this.#worker.unref();
    if ('answer' in reply) asked?.resolve(reply.answer);
    else asked?.reject(toError(reply.failure));
  }
}

/** The thread's end of the line: answers one order after the other. */
export function answerOrders<Order, Answer>(answer: (order: Order) => Answer | Promise<Answer>): void {
  let last = Promise.resolve();
  parentPort?.on('message', (order: Order) => {
    last = last.then(async () => parentPort?.postMessage(await reply(order)));
  });

  async function reply(order: Order): Promise<Reply<Answer>> {
    try {
      return { answer: await answer(order) };
    } catch (error) {
      return { failure: toFailure(error) };
    }
  }
}

/** An error as a message between threads. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined, cause: undefined };
  const { name, message, cause } = error;
  const code = 'code' in error ? String(error.code) : undefined;
  return { name, message, code, cause: cause instanceof Error ? undefined : cause };
}

/** The error that such a message stands for. */
export function toError({ name, message, code, cause }: Failure): Error {
  return Object.assign(new Error(message, { cause }), { name, ...(code === undefined ? {} : { code }) });
}
