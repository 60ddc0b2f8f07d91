/** Classes of characters as go-yaml has them (yamlprivateh.go). Code 0 stands for the end of the text. */

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** LF, CR, NEL, LS, PS. */
export function isBreak(code: number): boolean {
  return code === 0x0a || (code !== 0 && code > 0x0a && isOddBreak(code));
}

export function isBreakOrEnd(code: number): boolean {
  return code <= 0x0a ? code === 0x0a || code === 0 : isOddBreak(code);
}

export function isBlankOrEnd(code: number): boolean {
  return code <= 0x20
    ? code === 0x20 || code === 0x0a || code === 0 || code === 0x09 || code === 0x0d
    : isOddBreak(code);
}

function isOddBreak(code: number): boolean {
  return code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

/** A line break as it stands in a value: LS and PS stay what they are, all others become \n. */
export function breakText(code: number): string {
  return code === 0x2028 ? '\u2028' : code === 0x2029 ? '\u2029' : '\n';
}
