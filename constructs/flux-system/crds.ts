import fs from 'node:fs';
import path from 'node:path';
import { COMPONENTS, type FluxComponent } from './components.ts';

/** A CustomResourceDefinition of Flux, as a file. */
export interface CrdFile {
  /** The name of the object, `buckets.source.toolkit.fluxcd.io`. */
  readonly name: string;
  readonly text: string;
}

/** Beside the sources in a clone, beside the compiled files in the package. */
function folder(): string {
  const root = path.join(import.meta.dirname, '../..');
  const beside = path.join(root, 'imports/crds');
  return fs.existsSync(beside) ? beside : path.join(root, '../imports/crds');
}

/** The CRDs of a component, with the labels by which `flux check` finds them. */
export function crdsOf(component: FluxComponent, labels: Readonly<Record<string, string>>): CrdFile[] {
  const { crds } = COMPONENTS[component];
  const own = { 'app.kubernetes.io/component': component, ...labels };
  const lines = Object.entries(own).map(([key, value]) => `    ${key}: ${value}\n`);
  return fs
    .readdirSync(folder())
    .filter((file) => crds.some((prefix) => file.startsWith(`${prefix}_`) || file === `${prefix}.yaml`))
    .sort()
    .map((file) => {
      const [group = '', plural = ''] = file.slice(0, -'.yaml'.length).split('_');
      // By text, since parsing and printing a quarter of a megabyte would double the time of a small cluster's synth.
      const text = fs.readFileSync(path.join(folder(), file), 'utf8');
      return {
        name: `${plural}.${group}`,
        text: text.replace(/^metadata:\n/m, `metadata:\n  labels:\n${lines.join('')}`),
      };
    });
}
