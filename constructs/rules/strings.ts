import { isList, isObject, type Json } from '../../src/manifest/index.ts';

/** Calls `visit` with every string below a value, keys of maps included, and its JSON pointer. */
export function visitStrings(value: Json | undefined, visit: (text: string, pointer: string) => void, at = ''): void {
  if (typeof value === 'string') {
    visit(value, at);
  } else if (isList(value)) {
    value.forEach((item, index) => {
      visitStrings(item, visit, `${at}/${index}`);
    });
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const pointer = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      visit(key, pointer);
      visitStrings(member, visit, pointer);
    }
  }
}
