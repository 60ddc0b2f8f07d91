import type { IConstruct } from 'constructs';

const METADATA = 'slipway:allow';

/**
 * Silences a warning for a construct and everything in it.
 *
 * @param code of the warning, for example `synth/floating-tag`
 * @param reason why it is right here; it stands in the program for whoever reads it
 */
export function allow(construct: IConstruct, code: string, reason: string): void {
  if (reason.trim() === '') throw new TypeError('Expected `reason` to say why the warning is silenced');
  construct.node.addMetadata(METADATA, { code, reason });
}

/** Whether an author silenced this warning for the construct or a scope around it. */
export function isAllowed(construct: IConstruct, code: string): boolean {
  return construct.node.scopes.some(({ node }) =>
    node.metadata.some(({ type, data }) => type === METADATA && (data as { code: string }).code === code),
  );
}
