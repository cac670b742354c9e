/** What a demonstration says: lines while it runs, and at the end whether everything was as it must be. */
export class Report {
  readonly #checks: [what: string, holds: boolean][] = [];
  readonly #started = performance.now();

  /** @param quiet only told when it fails. */
  check(what: string, holds: boolean, quiet = false): void {
    if (!quiet || !holds) this.#checks.push([what, holds]);
  }

  /** Prints every check. @returns whether all of them hold. */
  end(): boolean {
    for (const [what, holds] of this.#checks) say(`${holds ? 'ok  ' : 'FAIL'}  ${what}`);
    say(`${((performance.now() - this.#started) / 1000).toFixed(1)} s in all`);
    return this.#checks.every(([, holds]) => holds);
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
