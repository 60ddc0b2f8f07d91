/** kustomize's own table of cases, and what is known of those that do not come out as it says. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { SlipwayError } from '../../src/errors.ts';
import { type FileTree, MemoryTree, writeGoYaml } from '../../src/flux/index.ts';
import { buildNatively, NotCovered } from '../../src/flux/kustomize/index.ts';
import type { JsonObject } from '../../src/manifest/index.ts';
import type { Engine } from '../../src/render/index.ts';

export interface KrustyCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** The folder that is built. */
  readonly folder: string;
  readonly expected: string;
}

/** @param fixtures the folder with `krusty-cases.json` */
export function krustyCases(fixtures: string): readonly KrustyCase[] {
  const cases = JSON.parse(readFileSync(join(fixtures, 'krusty-cases.json'), 'utf8')) as readonly {
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
    readonly run: string;
    readonly expected?: string;
  }[];
  return cases.map(({ name, files, run, expected = '' }) => ({
    name,
    files: Object.fromEntries(Object.entries(files).map(([path, text]) => [within(path), text])),
    folder: within(run),
    expected: expected.trim(),
  }));
}

function within(path: string): string {
  return posix.join('/', path).slice(1).replace(/\/$/, '');
}

/** What the native builder prints, or why it leaves a folder to the real program; no text is what cannot be read. */
export type NativeOutcome = { readonly text: string | undefined } | { readonly notCovered: string };

export function buildText(tree: FileTree, folder: string): NativeOutcome {
  try {
    return { text: printed(buildNatively(tree, folder)) };
  } catch (error) {
    if (error instanceof NotCovered) return { notCovered: error.message };
    if (error instanceof SlipwayError) return { text: undefined };
    throw error;
  }
}

/** What whatever builds it prints, as for `slipway build`; undefined where it is refused. */
export async function buildCase({ files, folder }: KrustyCase, engine: Engine): Promise<string | undefined> {
  try {
    return printed((await engine.build(new MemoryTree(Object.entries(files)), folder)).objects).trim();
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

function printed(objects: readonly JsonObject[]): string {
  return objects.map(writeGoYaml).join('---\n');
}

/** Cases that are not as the table says, by the reason; kustomize 5.8.1 itself does not make what it says of them. */
export const OTHER_THAN_THE_TABLE: Readonly<Record<string, readonly string[]>> = {
  'the table has not all of the files that its Go test writes': [
    'TestComplexComposition_Dev_SuccessWithRawTransformers',
    'TestComplexComposition_Dev_SuccessWithBaseTransformers',
    'TestComplexComposition_Prod_SuccessWithRawTransformers',
    'TestComplexComposition_Prod_SuccessWithBaseTransformers',
    'TestIssue1251_Plugins_Local',
    'TestIssue1251_Plugins_Bundled',
    'TestNameReferenceDeploymentIssue3489',
    'TestCustomOpenApiFieldBasicUsage',
    'TestCustomOpenApiFieldWithTwoGvks',
    'TestCustomOpenApiFieldYaml',
    'TestCustomOpenApiFieldFromBase',
    'TestCustomOpenApiFieldFromOverlay',
    'TestCustomOpenApiFieldOverlayTakesPrecedence',
    'TestRepeatBase',
  ],
  'the schema is on a network': [
    'TestCustomOpenApiFieldBasicUsageWithRemoteSchema',
    'TestCustomOpenApiFieldFromBaseWithRemoteSchema',
    'TestCustomOpenApiFieldFromOverlayWithRemoteSchema',
  ],
  'the table is of a commit after kustomize 5.8, which Flux 2.9 holds: the field includeVolumeClaimTemplates, and namespaces of admission policies':
    [
      'TestKustomizationLabelsInStatefulSetTemplateWithClaimTemplateAndIncludeVolumeClaimTemplatesFalse',
      'TestKustomizationLabelsInStatefulSetTemplateWithClaimTemplateIncludeTemplateFalseAndIncludeVolumeClaimTemplatesTrue',
      'TestKustomizationLabelsInStatefulSetTemplateWithClaimTemplateAndIncludeVolumeClaimTemplatesTrue',
      'TestKustomizationLabelsInStatefulSetTemplateWithIncludeSelectorsTrue',
      'TestKustomizationLabelsInDeploymentWithoutClaimTemplateAndIncludeVolumeClaimTemplatesTrue',
      'TestNamespaceNotAddedToValidatingAdmissionPolicies',
    ],
  'kustomize 5.8.1 crashes': ['TestTransfomersImageInvalidNameRegexp'],
};
