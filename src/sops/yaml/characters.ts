/** The classes of characters of YAML 1.1 as go-yaml (go.yaml.in/yaml/v3, which sops uses) draws them, over UTF-16 code units. */

export const NUL = 0;
export const TAB = 9;
export const SPACE = 32;
export const BOM = 0xfeff;

export const isBlank = (code: number) => code === SPACE || code === TAB;

/** LF, CR, NEL, LS, PS. */
export const isBreak = (code: number) =>
  code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029;

/** A break, or the end of the text. */
export const isBreakOrEnd = (code: number) => code === NUL || isBreak(code);

export const isBlankOrEnd = (code: number) => code === SPACE || code === TAB || isBreakOrEnd(code);

/** What may stand in an anchor's name: letters, digits, `_`, `-`. */
export const isWord = (code: number) =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 45;

export const isDigit = (code: number) => code >= 48 && code <= 57;

/** What a YAML stream may hold (YAML 1.1, 5.1; go-yaml readerc.go: yaml_parser_update_buffer). */
export const FORBIDDEN_CHARACTER = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
