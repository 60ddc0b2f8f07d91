/** A variable that was asked for, with what it was; null of one that is not set. */
export type AskedVariable = readonly [name: string, value: string | null];

/** Notes all that is asked of variables. */
export class RecordingVariables extends Map<string, string> {
  readonly #variables: ReadonlyMap<string, string>;
  readonly #asked = new Map<string, string | null>();

  constructor(variables: ReadonlyMap<string, string>) {
    super();
    this.#variables = variables;
  }

  get asked(): readonly AskedVariable[] {
    return [...this.#asked];
  }

  override get(name: string): string | undefined {
    const value = this.#variables.get(name);
    this.#asked.set(name, value ?? null);
    return value;
  }

  override get size(): number {
    return this.#variables.size;
  }
}
