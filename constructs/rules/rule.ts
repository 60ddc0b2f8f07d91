import type { JsonObject } from '../../src/manifest/index.ts';
import type { KustomizationSpec } from '../../imports/kustomize.toolkit.fluxcd.io.ts';

/** Something that is wrong with one object, or legal but likely to hurt. */
export interface Finding {
  /** `synth/…`, stable; an author silences a warning by it. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly remedy: string;
  /** JSON pointer to what is wrong; '' is the object itself. */
  readonly pointer: string;
}

/** How an object is applied. */
export interface Applied extends Pick<
  KustomizationSpec,
  'postBuild' | 'suspend' | 'targetNamespace' | 'timeout' | 'wait'
> {
  /** Given where it decrypts. */
  readonly decryption?: object | undefined;
}

/** What a rule may know besides the object itself. */
export interface RuleContext {
  /** The Kustomization that applies the object, where an Application does. */
  readonly kustomization: Applied | undefined;
  /** The folder of the tree, relative to the project. */
  readonly directory: string;
  /** Namespaces that the cluster makes, and those that every cluster has. */
  readonly namespaces: ReadonlySet<string>;
  /** The namespaces of tenants. */
  readonly tenants: ReadonlySet<string>;
  /** Whether Flux is locked down for tenants; unknown where the tree does not install it. */
  readonly lockdown: boolean | undefined;
}

/** Looks at one object as it goes into the tree. */
export type Rule = (object: JsonObject, context: RuleContext) => readonly Finding[];

export function error(code: string, message: string, remedy: string, pointer = ''): Finding {
  return { code, severity: 'error', message, remedy, pointer };
}

export function warning(code: string, message: string, remedy: string, pointer = ''): Finding {
  return { code, severity: 'warning', message, remedy, pointer };
}
