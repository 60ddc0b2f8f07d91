import type { ApiObject } from 'cdk8s';
import { Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import type { Shard } from './flux-system/index.ts';
import { recordChildren } from './origin.ts';

/**
 * A scope whose objects lie in one folder of the tree. It is a cdk8s chart, so any construct of any cdk8s library can
 * be made inside of it.
 */
export abstract class Folder extends Chart {
  /** Which of the kinds of folder it is. */
  abstract readonly role: 'application' | 'namespace' | 'flux' | 'flux-system' | 'config';
  /** Path of the folder in the tree, for example `apps/ai-ml/milvus/app`. */
  abstract readonly folder: string;
  /** The shard of what is declared in it. */
  readonly shard: Shard | undefined;
  /** What is declared in it and comes out of SOPS files. */
  readonly encrypted: IConstruct[] = [];

  constructor(scope: Construct, id: string, namespace: string, shard?: Shard) {
    super(scope, id, { namespace });
    this.shard = shard;
    recordChildren(this);
  }

  /** Plain `instanceof`: the one that Chart defines says yes to every chart, whatever its class. */
  static override [Symbol.hasInstance]<Class>(
    this: abstract new (...args: never) => Class,
    value: unknown,
  ): value is Class & Chart {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /**
   * The name of an object whose author gave it none: its construct's ids below this scope, joined by `-`. It has no
   * hash, so it reads as the author wrote it and stays when something above it is renamed.
   */
  override generateObjectName(object: ApiObject): string {
    const ids: string[] = [];
    for (let at: IConstruct | undefined = object; at !== undefined && at !== this; at = at.node.scope) {
      const id = at.node.id;
      if (id !== 'Resource' && id !== 'Default') ids.unshift(id);
    }
    return ids.join('-').toLowerCase();
  }
}
