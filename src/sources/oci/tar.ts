/** The headers of a tar archive (POSIX ustar with pax and GNU's long names). */
import { SlipwayError } from '../../errors.ts';

/** Headers and contents begin at multiples of it. */
export const BLOCK = 512;

export interface TarEntry {
  readonly name: string;
  readonly type: string;
  readonly executable: boolean;
  readonly size: number;
}

/** @throws SlipwayError `sources/archive-invalid` where a name is absolute or leads upwards. */
export function checkName(name: string): void {
  const isOut = name.startsWith('/') || name.split('/').includes('..');
  if (name === '' || isOut || name.includes('\\') || name.includes('\0')) {
    throw invalidArchive(`it holds the name ${JSON.stringify(name)}`);
  }
}

export function parseHeader(block: Buffer): TarEntry {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== parseNumber(block.subarray(148, 156))) throw invalidArchive('a header’s checksum is wrong');
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? textOf(block.subarray(345, 500)) : '';
  const name = textOf(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: type === '\0' ? '0' : type,
    executable: (parseNumber(block.subarray(100, 108)) & 0o111) !== 0,
    size: checkedSize(parseNumber(block.subarray(124, 136))),
  };
}

/** Octal digits; or, where the first bit is set, a number to the base of 256 (GNU). */
function parseNumber(field: Buffer): number {
  const [first = 0] = field;
  if ((first & 0x80) === 0) {
    const digits = /^[ \0]*([0-7]*)[ \0]*$/.exec(field.toString('latin1'))?.[1];
    return digits === undefined ? Number.NaN : Number.parseInt(digits === '' ? '0' : digits, 8);
  }
  return field.subarray(1).reduce((total, byte) => total * 256 + byte, first & 0x7f);
}

export function checkedSize(size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw invalidArchive('the size of a file is not a number');
}

export function parsePax(record: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < record.length;) {
    const space = record.indexOf(32, at);
    const length = Number(record.toString('latin1', at, space));
    const end = at + length;
    const equals = record.indexOf(61, space);
    const isRight = space !== -1 && length > 0 && end <= record.length && equals !== -1 && equals < end;
    if (!isRight || record[end - 1] !== 10) throw invalidArchive('a pax record is malformed');
    fields.set(record.toString('utf8', space + 1, equals), record.toString('utf8', equals + 1, end - 1));
    at = end;
  }
  return fields;
}

export function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

export function invalidArchive(why: string): SlipwayError {
  return new SlipwayError({
    code: 'sources/archive-invalid',
    message: `The layer is not an archive that can be unpacked: ${why}.`,
    remedy: 'Push it anew by `flux push artifact`, or choose another layer in spec.layerSelector.',
  });
}
