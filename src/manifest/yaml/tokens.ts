/** What a document consists of, to the parser. */
export type Token =
  | { readonly type: 'scalar'; readonly start: number; readonly text: string; readonly style: ScalarStyle }
  | { readonly type: 'anchor'; readonly start: number; readonly name: string }
  | { readonly type: 'alias'; readonly start: number; readonly name: string }
  | { readonly type: 'tag'; readonly start: number; readonly handle: string; readonly suffix: string }
  | { readonly type: 'directive'; readonly start: number; readonly directive: Directive }
  | { readonly type: BareToken; readonly start: number };

/** `%YAML version` or `%TAG handle prefix`. */
export type Directive = { readonly version: string } | { readonly handle: string; readonly prefix: string };

export type ScalarStyle = 'plain' | 'quoted' | 'literal' | 'folded';

export type BareToken =
  | 'document start'
  | 'document end'
  | 'end'
  | 'block sequence'
  | 'block mapping'
  | 'block end'
  | 'block entry'
  | 'key'
  | 'value'
  | 'flow sequence'
  | 'flow sequence end'
  | 'flow mapping'
  | 'flow mapping end'
  | 'flow entry';
