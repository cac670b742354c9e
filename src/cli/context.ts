/** What every command is given, and the few things that most of them do with it. */
import type { Command } from 'commander';
import { WebSocket } from 'ws';
import type { Client } from '../client/api.ts';
import { createClient } from '../client/client.ts';
import { isHex } from '../domain/bytes.ts';
import { CLIENT_OPTIONS } from '../options/client.ts';
import { clientOptions } from '../options/config.ts';
import type { Flags } from '../options/table.ts';
import { Failure } from './failure.ts';
import { addJson, addOptions } from './flags.ts';
import type { CliDependencies, Io } from './ports.ts';
import { toJson } from './text.ts';

/** What commands share: streams, environment, and the parts of the program that they need. */
export interface Context {
  io: Io;
  dependencies: CliDependencies;
}

/** Adds the options of a command that talks to a running node. */
export function addClientOptions(command: Command): Command {
  return addJson(addOptions(command, CLIENT_OPTIONS));
}

/** The node that the flags name. Node 20 has no WebSocket of its own. */
export function clientFor({ io, dependencies }: Context, flags: Flags): Client {
  const { pause } = dependencies;
  return createClient({ ...clientOptions(flags, io.environment), webSocketImpl: WebSocket, timing: { pause } });
}

/** Writes a result: one line of JSON when asked for, else what `describe` makes of it. */
export function print<Result>(
  { io }: Context,
  flags: Flags,
  result: Result,
  describe: (result: Result) => string,
): void {
  io.stdout.write(flags.json ? `${toJson(result)}\n` : describe(result));
}

/** The 64 hex digits of an id, hash or key as the node spells them; null for another text. Others print capitals. */
export function hexDigits(text: string): string | null {
  const digits = text.trim().toLowerCase();
  return isHex(digits, 32) ? digits : null;
}

/** @throws Failure */
export function postId(text: string): string {
  const id = hexDigits(text);
  if (id === null) throw new Failure('A post is named by the 64 hex digits of its id.');
  return id;
}

/** More than any post or seed may have. */
const MAX_TEXT_BYTES = 65_536;

/**
 * Reads a text to its end: bytes that are no text are not silently replaced. A byte order mark is no part of the text.
 * @throws Failure
 */
export async function readText(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) throw new Failure(`Standard input holds more than ${MAX_TEXT_BYTES} bytes.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new Failure('Standard input is not UTF-8 text.', { cause });
  }
}
