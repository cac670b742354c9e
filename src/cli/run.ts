/** From arguments to an exit code: 0 done; 1 an error for the user, in one line; 70 a fault of ours, with its stack. */
import { CommanderError } from 'commander';
import { ClientError } from '../client/errors.ts';
import { Refusal } from '../domain/errors.ts';
import { UsageError } from '../options/table.ts';
import type { Context } from './context.ts';
import { Failure } from './failure.ts';
import { buildProgram } from './program.ts';
import { paintFor, visible } from './text.ts';

const EXPECTED = 1;
/** EX_SOFTWARE of sysexits.h. */
const UNEXPECTED = 70;
/** Errors whose message is a line for the user. By name: their classes come with parts that may not be loaded. */
const EXPECTED_ERRORS = ['StoreError', 'KeyringError', 'ListenError', 'UpstreamError'];

/** @param args without the names of the runtime and the script. */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { io } = context;
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said what it has to say.
    if (error instanceof CommanderError) return error.exitCode;
    const line = lineFor(error);
    if (line === null) {
      io.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      return UNEXPECTED;
    }
    io.stderr.write(`${paintFor(io.stderr)('red', 'error:')} ${visible(line)}\n`);
    return EXPECTED;
  }
}

function lineFor(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof ClientError) return clientLine(error);
  const isOurs = error instanceof UsageError || error instanceof Failure || error instanceof Refusal;
  // An error of the operating system, such as a file that cannot be read.
  const isSystems = 'syscall' in error && 'code' in error;
  return isOurs || isSystems || EXPECTED_ERRORS.includes(error.name) ? error.message : null;
}

/** What went wrong with a node, and the way out that a command has. */
function clientLine({ code, message, errors, cause }: ClientError): string {
  if (code === 'UNREACHABLE' && isCertificateFault(cause)) return `${message}: ${CERTIFICATE_ADVICE}`;
  if (code === 'UNREACHABLE') return `${message}: start one with \`stele start\`, or say where it is with --url.`;
  const isForOperator = errors.some((error) => error.code === 'OPERATOR_ONLY');
  return isForOperator ? `${message}: give the operator's token with --token` : message;
}

const CERTIFICATE_ADVICE =
  'its certificate is not trusted here. For one of your own, give the file of its authority in NODE_EXTRA_CA_CERTS.';

/** OpenSSL's words for a certificate that is expired, of another host, or signed by nobody known. */
function isCertificateFault(error: unknown): boolean {
  const code = String((error as { cause?: { code?: unknown } } | undefined)?.cause?.code ?? '');
  return /CERT|UNABLE_TO_VERIFY|ERR_TLS_/.test(code);
}
