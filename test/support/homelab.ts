import { parseAllDocuments } from 'yaml';
import { onSynth, type Cluster } from '../../constructs/index.ts';

let files: Promise<Record<string, string>> | undefined;

/** The tree that main.ts describes, by path. Nothing is written. */
export function homelabFiles(): Promise<Record<string, string>> {
  // A program runs once in a process.
  files ??= describeHomelab();
  return files;
}

async function describeHomelab(): Promise<Record<string, string>> {
  const clusters: Cluster[] = [];
  onSynth((cluster) => clusters.push(cluster));
  await import('../../main.ts');
  onSynth(undefined);
  const [cluster] = clusters;
  if (cluster === undefined) throw new Error('main.ts synthesizes no cluster');
  return Object.fromEntries(
    [...cluster.tree().values()].map((file) => [file.path, Buffer.from(file.content).toString()]),
  );
}

/** An object of the tree as a reader of YAML has it. */
export interface TreeObject {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** Every object of the tree, those of kustomize itself left out. */
export async function homelabObjects(): Promise<readonly TreeObject[]> {
  return Object.entries(await homelabFiles()).flatMap(([file, text]) =>
    file.endsWith('.yaml') && !file.endsWith('/kustomization.yaml')
      ? parseAllDocuments(text).map((document) => ({ ...(document.toJS() as TreeObject), file }))
      : [],
  );
}
