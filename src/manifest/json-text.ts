import type { Json } from './json.ts';

declare global {
  interface JSON {
    /** ECMA-262 since 2025, which the types of the compiler do not have yet. */
    rawJSON(text: string): object;
  }
}

/** A number of so many digits that a JavaScript number may not hold it. */
const LONG_NUMBER = /[:,[]\s*-?\d{16}/;

/**
 * JSON as the project's data: whole numbers beyond 2^53 are bigints, as int64 of the API may be. Undefined where the text
 * is none, such as a login page's.
 */
export function parseJson(text: string): Json | undefined {
  try {
    return (LONG_NUMBER.test(text) ? JSON.parse(text, exact) : JSON.parse(text)) as Json;
  } catch {
    return undefined;
  }
}

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** The project's data as JSON; bigints as the numbers that they are. */
export function formatJson(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // JSON.stringify knows no bigint, and a replacer costs several times as much.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? JSON.rawJSON(member.toString()) : member,
    );
  }
}
